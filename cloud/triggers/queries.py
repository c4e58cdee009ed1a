"""Reading triggers with what became of them, which their commands know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true, tuple_

from cloud.devices.models import Command, CommandStatus, Device
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import Cursor, PageRequest
from cloud.triggers.models import Trigger, TriggerKind, TriggerStatus

STATUS = {
    CommandStatus.QUEUED: TriggerStatus.QUEUED,
    CommandStatus.SENT: TriggerStatus.SENT,
    CommandStatus.ACCEPTED: TriggerStatus.SENT,
    CommandStatus.DONE: TriggerStatus.EXECUTED,
    CommandStatus.FAILED: TriggerStatus.FAILED,
    CommandStatus.EXPIRED: TriggerStatus.EXPIRED,
}


@dataclass(frozen=True)
class Asking:
    """A trigger with its command, which a missed one and one by input never had.

    `unit_id` is the `device_id` that the outside knows.
    """

    trigger: Trigger
    command: Command | None
    unit_id: str

    @property
    def status(self) -> TriggerStatus:
        if self.command is None:
            return TriggerStatus.EXECUTED if self.by_input else TriggerStatus.MISSED
        return STATUS[CommandStatus(self.command.status)]

    @property
    def by_input(self) -> bool:
        return self.trigger.kind == TriggerKind.INPUT

    @property
    def executed_at(self) -> datetime | None:
        if self.status is not TriggerStatus.EXECUTED:
            return None
        return self.command.ended_at if self.command else self.trigger.requested_at

    @property
    def record_id(self) -> UUID | None:
        """The capture that it led to."""
        if self.by_input:
            return self.trigger.id
        return self.command.capture_record_id if self.command else None

    @property
    def error(self) -> str | None:
        """Why there is no picture, in words."""
        if self.command is None:
            return self.trigger.missed
        match self.status:
            case TriggerStatus.FAILED:
                return self.command.detail
            case TriggerStatus.EXPIRED:
                return _why_expired(self.command)
        return None


@dataclass(frozen=True)
class TriggerPage:
    askings: Sequence[Asking]
    next_cursor: str | None


def trigger_document(asking: Asking) -> dict[str, Any]:
    """A trigger as the outside sees it, in lists and in `trigger.updated`."""
    trigger, command = asking.trigger, asking.command
    return {
        "trigger_id": trigger.id,
        "device_id": asking.unit_id,
        "kind": trigger.kind,
        "requested_by": trigger.requested_by,
        "requested_at": trigger.requested_at,
        "schedule_id": trigger.schedule_id,
        "due_at": trigger.due_at,
        "sent_at": command.sent_at if command else None,
        "executed_at": asking.executed_at,
        "status": asking.status,
        "record_id": asking.record_id,
        "error": asking.error,
    }


async def find_asking(work: OrganizationWork, which: ColumnElement[bool]) -> Asking | None:
    """The one asking that a condition on its trigger or its command names."""
    row = (await work.execute(_askings(work).where(which))).one_or_none()
    return None if row is None else Asking(*row)


async def list_askings(work: OrganizationWork, device_id: UUID, page: PageRequest) -> TriggerPage:
    """A camera's triggers, the newest first."""
    statement = (
        _askings(work)
        .where(Trigger.device_id == device_id)
        .order_by(Trigger.requested_at.desc(), Trigger.id.desc())
        .limit(page.limit + 1)
    )
    if page.cursor is not None:
        place = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Trigger.requested_at, Trigger.id) < place)
    found = [Asking(*row) for row in await work.execute(statement)]
    if len(found) <= page.limit:
        return TriggerPage(found, None)
    last = found[page.limit - 1].trigger
    return TriggerPage(found[: page.limit], Cursor(last.requested_at, str(last.id)).encode())


async def last_asked_at(
    work: OrganizationWork, device_id: UUID, *, not_by: UUID | None = None
) -> datetime | None:
    """When a camera was last asked for a picture; what it asks of itself counts not.

    Nor do the askings of the schedule `not_by`.
    """
    asked_at: datetime | None = await work.scalar(
        select(func.max(Trigger.requested_at)).where(
            Trigger.organization_id == work.organization_id,
            Trigger.device_id == device_id,
            Trigger.missed.is_(None),
            Trigger.kind != TriggerKind.INPUT,
            true() if not_by is None else Trigger.schedule_id.is_distinct_from(not_by),
        )
    )
    return asked_at


def _why_expired(command: Command) -> str:
    if command.sent_at is None:
        return "The camera was not connected in time."
    if command.accepted_at is None:
        return "It was sent to the camera, which did not answer in time."
    return "The camera was to take it, and was not heard of again in time."


def _askings(work: OrganizationWork) -> Select[Trigger, Command | None, str]:
    return (
        select(Trigger, Command, Device.unit_id)
        .outerjoin(Command, Command.trigger_id == Trigger.id)
        .join(Device, Device.id == Trigger.device_id)
        .where(Trigger.organization_id == work.organization_id)
        .execution_options(populate_existing=True)
    )
