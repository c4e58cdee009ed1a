"""The tables of the spool's index: made new, or brought up from those of an older client."""

import sqlite3
import uuid
from typing import Final

from device import command_book, gaps, running_time
from device.database import Database

ASKED_FOR: Final = "(trigger_id IS NOT NULL OR coalesce(trigger_label, 'interval') <> 'interval')"
"""Whether somebody wanted this very picture, rather than the camera's own interval."""

SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS captures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    trigger_id TEXT,
    trigger_label TEXT,
    metadata TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    refusal TEXT,
    ran_before REAL NOT NULL DEFAULT 0,
    spool_id TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS spool (
    id TEXT NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS former_ids (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS configuration (version INTEGER NOT NULL, document TEXT NOT NULL);
DROP INDEX IF EXISTS captures_by_state;
CREATE INDEX IF NOT EXISTS captures_in_state ON captures (state, sequence);
CREATE INDEX IF NOT EXISTS captures_by_turn ON captures (attempts, {ASKED_FOR} DESC, sequence)
    WHERE state = 'waiting';
"""

NEWER_COLUMNS: Final = (
    ("captures", "ran_before", "REAL NOT NULL DEFAULT 0"),
    ("captures", "spool_id", "TEXT NOT NULL DEFAULT ''"),
)
"""What the tables of an older client lack. Its pictures count as taken when running time began."""


def prepare_tables(database: Database) -> None:
    """After this all tables are there, and the spool has its id."""
    database.run(SCHEMA + command_book.SCHEMA + gaps.SCHEMA + running_time.SCHEMA)
    with database.transaction() as rows:
        lacking = [each for each in NEWER_COLUMNS if each[1] not in _columns(rows, each[0])]
        for table, column, kind in lacking:
            rows.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        if rows.execute("SELECT id FROM spool").fetchone() is None:
            rows.execute("INSERT INTO spool (id) VALUES (?)", (str(uuid.uuid4()),))
        if lacking:
            rows.execute("UPDATE captures SET spool_id = (SELECT id FROM spool)")
        gaps.take_over(rows)


def _columns(rows: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in rows.execute(f"PRAGMA table_info({table})")}
