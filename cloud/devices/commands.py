"""Commands: what a device is asked to do, as rows that outlive every connection.

A command is queued, sent when the device listens, and ends with what the device says of it, or when
its time is over. It is sent again to whoever connects without having seen it, so a device drops a
command that it has done already. Whoever is above hears of each change by the queue of news.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, select, update

from cloud.devices.access import CallingDevice
from cloud.devices.models import Command, CommandStatus, Device
from cloud.kit.bells import ring
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.ids import new_id
from cloud.kit.queue import Claim, Queue
from cloud.kit.worker import handle_due
from device.wire import AckStatus

COMMANDS_TOPIC = "commands"
"""The bell that rings for a device's row id when there is something to tell the device."""

EXPIRIES = Queue("command_expiry")
"""Commands, due when nobody wants their picture any more."""

COMMAND_NEWS = Queue("command_news")
"""Commands whose status has changed."""

LIVES_FOR = timedelta(minutes=10)
CLAIMED_AT_ONCE = 50
LEASE_SECONDS = 30

OPEN = (CommandStatus.QUEUED, CommandStatus.SENT)
"""Not yet taken by the device: these are sent again, and these expire."""


@dataclass(frozen=True)
class Acknowledgement:
    """What a device says of a command."""

    status: AckStatus
    detail: str | None = None
    capture_record_id: UUID | None = None


async def call_camera(work: OrganizationWork, device: Device) -> None:
    """Have the device's stream, in whichever process it is, look at what is new."""
    await ring(work, COMMANDS_TOPIC, str(device.id))


async def put_command(
    work: OrganizationWork, device: Device, *, trigger_id: UUID, kind: str, label: str | None
) -> UUID:
    """Ask a device, whose row this work has locked, for a picture; the command's id."""
    device.command_seq += 1
    await work.flush()
    command_id = new_id()
    await work.execute(
        insert(Command).values(
            id=command_id,
            organization_id=work.organization_id,
            device_id=device.id,
            seq=device.command_seq,
            trigger_id=trigger_id,
            kind=kind,
            label=label,
            expires_at=utc_now() + LIVES_FOR,
        )
    )
    delay = LIVES_FOR.total_seconds()
    await EXPIRIES.put(work, command_id, work.organization_id, delay_seconds=delay)
    await call_camera(work, device)
    return command_id


async def is_awaited(work: OrganizationWork, device_id: UUID) -> bool:
    """Whether the device has yet to take something that it was asked for."""
    waits = exists().where(
        Command.organization_id == work.organization_id,
        Command.device_id == device_id,
        Command.status.in_(OPEN),
        Command.expires_at > func.clock_timestamp(),
    )
    return bool(await work.scalar(select(waits)))


async def send_waiting(
    work: OrganizationWork, device_id: UUID, after: int
) -> Sequence[Row[UUID, UUID, int, UUID, str, str | None, datetime, CommandStatus]]:
    """The device's open commands behind a number, in order, from now on counted as sent."""
    rows = (
        await work.execute(
            select(
                Command.id,
                Command.device_id,
                Command.seq,
                Command.trigger_id,
                Command.kind,
                Command.label,
                Command.expires_at,
                Command.status,
            )
            .where(
                Command.organization_id == work.organization_id,
                Command.device_id == device_id,
                Command.seq > after,
                Command.status.in_(OPEN),
                Command.expires_at > func.clock_timestamp(),
            )
            .order_by(Command.seq)
            .with_for_update()
        )
    ).all()
    for row in rows:
        if row.status == CommandStatus.QUEUED:
            await _change(work, row.id, status=CommandStatus.SENT, sent_at=utc_now())
    return rows


async def acknowledge(
    work: OrganizationWork, calling: CallingDevice, command_id: str, said: Acknowledgement
) -> bool:
    """Take down what the device says of its command; False where that changes nothing.

    A command that had expired and was done all the same is done. Raises NotFound.
    """
    command = await _lock(work, Command.id == _uuid(command_id))
    if command is None or command.device_id != calling.device_id:
        raise command_not_found()
    status = CommandStatus(said.status)
    if not may_follow(CommandStatus(command.status), status):
        return False
    now = utc_now()
    moment = {"accepted_at": now} if status is CommandStatus.ACCEPTED else {"ended_at": now}
    await _change(
        work,
        command.id,
        status=status,
        detail=said.detail,
        capture_record_id=said.capture_record_id or command.capture_record_id,
        **moment,
    )
    return True


async def link_capture(
    work: OrganizationWork, device_id: UUID, trigger_id: str | None, record_id: UUID
) -> None:
    """A capture came that names the asking behind it: that command is done, whatever was said."""
    asked = _uuid(trigger_id) if trigger_id else None
    if asked is None:
        return
    command = await _lock(work, Command.trigger_id == asked)
    if command is None or command.device_id != device_id:
        return
    if command.status == CommandStatus.DONE and command.capture_record_id is not None:
        return
    await _change(
        work,
        command.id,
        status=CommandStatus.DONE,
        capture_record_id=record_id,
        ended_at=command.ended_at or utc_now(),
    )


def may_follow(old: CommandStatus, new: CommandStatus) -> bool:
    """Whether the device's word changes a command's status; a late `done` is still the truth."""
    if new is CommandStatus.ACCEPTED:
        return old in OPEN
    if new is CommandStatus.FAILED:
        return old in {*OPEN, CommandStatus.ACCEPTED}
    return old not in {CommandStatus.DONE, CommandStatus.FAILED}


async def take_expiry_turn(database: Database) -> bool:
    """End the commands whose time is over; whether there may be more."""
    handled = await handle_due(
        EXPIRIES, _expire, database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CLAIMED_AT_ONCE


async def forget_commands(work: OrganizationWork, trigger_ids: Sequence[UUID]) -> None:
    """Remove the commands of askings that are forgotten. Their ends are long past."""
    await work.execute(
        delete(Command).where(
            Command.organization_id == work.organization_id, Command.trigger_id.in_(trigger_ids)
        )
    )


def command_not_found() -> NotFound:
    return NotFound("command_not_found", "There is no such command for this camera.")


async def _expire(work: OrganizationWork, claim: Claim) -> None:
    """Accepted ones expire too: the device took it, and was not heard of again."""
    await EXPIRIES.finish(work, claim)
    command = await _lock(work, Command.id == claim.id)
    if command is not None and command.status in {*OPEN, CommandStatus.ACCEPTED}:
        await _change(work, command.id, status=CommandStatus.EXPIRED, ended_at=utc_now())


async def _lock(work: OrganizationWork, which: ColumnElement[bool]) -> Command | None:
    command: Command | None = await work.scalar(
        select(Command)
        .where(Command.organization_id == work.organization_id, which)
        .with_for_update()
    )
    return command


async def _change(work: OrganizationWork, command_id: UUID, **values: object) -> None:
    await work.execute(
        update(Command)
        .where(Command.organization_id == work.organization_id, Command.id == command_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    await COMMAND_NEWS.put(work, command_id, work.organization_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
