"""What became of each command of the cloud, kept in the spool's index so that none is done twice.

The cloud says a command until it has heard of its outcome, so the same one may come again: after a
lost connection, after a crash, after a power cut. A command is done when the picture that it asked
for is numbered; both are written in one transaction.
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from device import wire

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS commands (
    command_id TEXT PRIMARY KEY,
    trigger_id TEXT NOT NULL,
    label TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT 'asked' CHECK (stage IN ('asked', 'taken', 'done', 'failed')),
    sequence INTEGER,
    record_id TEXT,
    detail TEXT,
    told TEXT
);
CREATE INDEX IF NOT EXISTS commands_by_sequence ON commands (sequence);
CREATE TABLE IF NOT EXISTS command_stream (last_event_id TEXT NOT NULL);
"""

KEPT: Final = 1000
"""Settled commands remembered, the newest ones. The cloud forgets its own after minutes."""


class Stage(StrEnum):
    """How far a command is: asked for, picture in the spool, picture at the cloud, or failed."""

    ASKED = "asked"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Command:
    """A picture that the cloud asks for. `expires_at` is RFC 3339 by the cloud's clock."""

    command_id: str
    trigger_id: str
    label: str
    expires_at: str


@dataclass(frozen=True)
class Report:
    """What the cloud has yet to hear of a command."""

    command_id: str
    status: wire.AckStatus
    detail: str | None
    record_id: str | None


class CommandBook:
    """The commands of one camera. `writing` opens a transaction, one at a time."""

    def __init__(self, writing: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._writing = writing

    def receive(self, command: Command, event_id: str) -> bool:
        """Write a command down with its place in the stream; False if it was known already.

        Of a known one the outcome is told again: that it came again means it was not heard.
        """
        with self._writing() as rows:
            _remember_place(rows, event_id)
            new = rows.execute(
                "INSERT INTO commands (command_id, trigger_id, label, expires_at)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (command_id) DO NOTHING",
                (command.command_id, command.trigger_id, command.label, command.expires_at),
            ).rowcount
            if not new:
                rows.execute(
                    "UPDATE commands SET told = NULL WHERE command_id = ?", (command.command_id,)
                )
            _forget_settled(rows)
        return new == 1

    def last_event_id(self) -> str | None:
        """The id of the last message with a command, to go on from."""
        with self._writing() as rows:
            row = rows.execute("SELECT last_event_id FROM command_stream").fetchone()
        return None if row is None else str(row[0])

    def unfinished(self) -> list[Command]:
        """What was asked for and not taken before the client ended, oldest first."""
        with self._writing() as rows:
            found = rows.execute(
                "SELECT command_id, trigger_id, label, expires_at FROM commands"
                " WHERE stage = 'asked' ORDER BY rowid"
            ).fetchall()
        return [Command(*row) for row in found]

    def fail(self, command_id: str, detail: str) -> None:
        """The command came to nothing; the sentence says why."""
        with self._writing() as rows:
            rows.execute(
                "UPDATE commands SET stage = 'failed', detail = ? WHERE command_id = ?",
                (detail, command_id),
            )

    def unreported(self) -> list[Report]:
        """What the cloud has yet to hear, oldest first."""
        with self._writing() as rows:
            found = rows.execute(
                "SELECT command_id, stage, detail, record_id FROM commands WHERE told IS NOT"
                " (CASE WHEN stage IN ('done', 'failed') THEN stage ELSE 'accepted' END)"
                " ORDER BY rowid LIMIT 100"
            ).fetchall()
        return [Report(name, _status_of(Stage(stage)), *rest) for name, stage, *rest in found]

    def note_told(self, report: Report) -> None:
        """The cloud has heard this, or will never want to."""
        with self._writing() as rows:
            rows.execute(
                "UPDATE commands SET told = ? WHERE command_id = ?",
                (report.status, report.command_id),
            )


def mark_taken(
    rows: sqlite3.Connection, command_id: str, sequence: int, trigger_id: str, label: str
) -> None:
    """The picture that the command asked for is in the spool under this number.

    The command itself may be forgotten, with an earlier index; it will come again.
    """
    rows.execute(
        "INSERT INTO commands (command_id, trigger_id, label, expires_at, stage, sequence)"
        " VALUES (?, ?, ?, '', 'taken', ?) ON CONFLICT (command_id) DO UPDATE"
        " SET stage = 'taken', sequence = excluded.sequence WHERE stage = 'asked'",
        (command_id, trigger_id, label, sequence),
    )


def settle_delivered(rows: sqlite3.Connection, sequence: int, record_id: str) -> None:
    """The cloud holds this picture; whatever command asked for it is done."""
    rows.execute(
        "UPDATE commands SET stage = 'done', record_id = ? WHERE sequence = ?",
        (record_id, sequence),
    )


def settle_lost(rows: sqlite3.Connection, sequence: int, why: str) -> None:
    """This picture will never be at the cloud; whatever command asked for it has failed."""
    rows.execute(
        "UPDATE commands SET stage = 'failed', detail = ? WHERE sequence = ? AND stage = 'taken'",
        (why, sequence),
    )


def _status_of(stage: Stage) -> wire.AckStatus:
    match stage:
        case Stage.ASKED | Stage.TAKEN:
            return wire.AckStatus.ACCEPTED
        case Stage.DONE:
            return wire.AckStatus.DONE
        case Stage.FAILED:
            return wire.AckStatus.FAILED


def _remember_place(rows: sqlite3.Connection, event_id: str) -> None:
    if event_id:
        rows.execute("DELETE FROM command_stream")
        rows.execute("INSERT INTO command_stream (last_event_id) VALUES (?)", (event_id,))


def _forget_settled(rows: sqlite3.Connection) -> None:
    rows.execute(
        "DELETE FROM commands WHERE stage IN ('done', 'failed') AND told = stage"
        " AND rowid <= (SELECT max(rowid) FROM commands) - ?",
        (KEPT,),
    )
