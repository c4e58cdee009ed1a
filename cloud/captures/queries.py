"""Reading captures: one by its id, or pages of them by filters, always newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, tuple_

from cloud.captures.documents import CAPTURE_COLUMNS
from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus, State
from cloud.devices.models import Device
from cloud.devices.queries import device_not_found
from cloud.devices.spelling import normal_unit_id
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import Cursor, PageRequest

LABELS_AMONG = 200
"""How many of a device's newest captures are asked for their labels."""


@dataclass(frozen=True)
class CaptureFilters:
    """Which captures. `states` holds states, and `pending` and `failed` for those without one."""

    record_id: UUID | None = None
    device_id: UUID | None = None
    states: Sequence[str] = field(default_factory=tuple)
    evaluation_status: EvaluationStatus | None = None
    text: str | None = None
    from_: datetime | None = None
    to: datetime | None = None
    trigger_label: str | None = None
    disposition: DispositionVerdict | None = None


@dataclass(frozen=True)
class CapturePage:
    rows: Sequence[Row[Any]]
    next_cursor: str | None


def parse_record_id(record_id: str) -> UUID:
    """The id of a capture. What is no id cannot be found: raises NotFound."""
    try:
        return UUID(record_id)
    except ValueError:
        raise capture_not_found() from None


def capture_not_found() -> NotFound:
    return NotFound("capture_not_found", "There is no such capture.")


async def get_capture(work: OrganizationWork, record_id: UUID, *, lock: bool = False) -> Capture:
    """One capture of the organization. Raises NotFound."""
    values = {"organization_id": work.organization_id, "record_id": record_id}
    capture = await work.scalar(GET_LOCKED if lock else GET, values)
    if capture is None:
        raise capture_not_found()
    found: Capture = capture
    return found


async def device_of_unit(work: OrganizationWork, typed: str) -> Device:
    """The device that a unit is in this organization, or last was. Raises NotFound."""
    device = await work.scalar(
        select(Device)
        .where(
            Device.organization_id == work.organization_id,
            Device.unit_id == normal_unit_id(typed),
        )
        .order_by(Device.released_at.desc().nulls_first())
        .limit(1)
    )
    if device is None:
        raise device_not_found()
    found: Device = device
    return found


async def list_captures(
    work: OrganizationWork, filters: CaptureFilters, page: PageRequest
) -> CapturePage:
    """A page of captures, newest first by `captured_at`, then by id."""
    statement = _own(select(*CAPTURE_COLUMNS), work).where(*_conditions(filters))
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Capture.captured_at, Capture.id) < behind)
    statement = statement.order_by(Capture.captured_at.desc(), Capture.id.desc())
    rows = (await work.execute(statement.limit(page.limit + 1))).all()
    if len(rows) <= page.limit:
        return CapturePage(rows, None)
    last = rows[page.limit - 1]
    return CapturePage(rows[: page.limit], Cursor(last.captured_at, str(last.id)).encode())


async def neighbours(
    work: OrganizationWork, filters: CaptureFilters, capture: Any
) -> tuple[UUID | None, UUID | None]:
    """The ids of the captures just before and just after a capture or a row of one."""
    place = tuple_(Capture.captured_at, Capture.id)
    here = tuple_(capture.captured_at, capture.id)
    same = _own(select(Capture.id), work).where(*_conditions(filters))
    before = same.where(place < here).order_by(Capture.captured_at.desc(), Capture.id.desc())
    after = same.where(place > here).order_by(Capture.captured_at, Capture.id)
    return await work.scalar(before.limit(1)), await work.scalar(after.limit(1))


async def list_unsaid(work: OrganizationWork, device_id: UUID, *, limit: int) -> Sequence[Row[Any]]:
    """The newest captures that may be normal and that nobody has said anything on yet.

    `device_id` is the id of the device's row, here and below.
    """
    statement = (
        _own(select(*CAPTURE_COLUMNS), work)
        .where(
            Capture.device_id == device_id,
            Capture.disposition.is_(None),
            Capture.state.in_([State.NORMAL, State.UNCERTAIN]),
            Capture.image_stored,
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
    )
    return (await work.execute(statement.limit(limit))).all()


async def list_pictured(
    work: OrganizationWork, device_id: UUID, *, limit: int
) -> Sequence[Row[Any]]:
    """The newest captures whose full picture is kept, with what was said of them and no more."""
    said = (Capture.evaluation_status, Capture.state, Capture.disposition)
    columns: list[Any] = [Capture.id, Capture.captured_at, *said]
    statement = (
        _own(select(*columns), work)
        .where(Capture.device_id == device_id, Capture.image_stored)
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
    )
    return (await work.execute(statement.limit(limit))).all()


async def newest_settled(
    work: OrganizationWork, device_ids: Collection[UUID], *, until: datetime
) -> dict[UUID, Row[Any]]:
    """Of each of these devices the newest capture that was judged or has failed, if there is one.

    By the id of the device's row; what is dated later than `until` does not count.
    """
    newest = (
        _own(select(Capture.id), work)
        .where(
            Capture.device_id == Device.id,
            Capture.captured_at <= until,
            Capture.evaluation_status.in_([EvaluationStatus.COMPLETED, EvaluationStatus.FAILED]),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    of_devices = select(newest).where(
        Device.organization_id == work.organization_id, Device.id.in_(device_ids)
    )
    statement = select(Capture.device_id, *CAPTURE_COLUMNS).where(
        Capture.organization_id == work.organization_id, Capture.id.in_(of_devices)
    )
    return {row.device_id: row for row in await work.execute(statement)}


async def first_since(work: OrganizationWork, device_id: UUID, moment: datetime) -> Row[Any] | None:
    """The first capture that the device took and sent since then; None while there is none."""
    statement = (
        _own(select(*CAPTURE_COLUMNS), work)
        .where(
            Capture.device_id == device_id,
            Capture.captured_at >= moment,
            Capture.received_at >= moment,
        )
        .order_by(Capture.captured_at, Capture.id)
    )
    return (await work.execute(statement.limit(1))).one_or_none()


async def pick_of_device(
    work: OrganizationWork, device_id: UUID, record_ids: Sequence[UUID]
) -> list[UUID]:
    """Those of the ids that are captures of the device."""
    statement = _own(select(Capture.id), work).where(
        Capture.device_id == device_id, Capture.id.in_(record_ids)
    )
    return list((await work.execute(statement)).scalars())


async def recent_trigger_labels(work: OrganizationWork, device_id: UUID) -> list[str]:
    """The labels of the device's newest captures, in order."""
    recent = (
        _own(select(Capture.trigger_label), work)
        .where(Capture.device_id == device_id)
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(LABELS_AMONG)
        .subquery()
    )
    label = recent.c.trigger_label
    found = await work.execute(select(label).where(label.is_not(None)).distinct().order_by(label))
    return list(found.scalars())


def _own(statement: Select[Any], work: OrganizationWork) -> Select[Any]:
    return statement.where(
        Capture.organization_id == work.organization_id, Capture.deleted_at.is_(None)
    )


def _conditions(filters: CaptureFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.record_id is not None:
        conditions.append(Capture.id == filters.record_id)
    if filters.device_id is not None:
        conditions.append(Capture.device_id == filters.device_id)
    if filters.states:
        conditions.append(or_(*(_has_state(state) for state in filters.states)))
    if filters.evaluation_status is not None:
        conditions.append(Capture.evaluation_status == filters.evaluation_status)
    if filters.text:
        conditions.append(Capture.reason.icontains(filters.text, autoescape=True))
    if filters.from_ is not None:
        conditions.append(Capture.captured_at >= filters.from_)
    if filters.to is not None:
        conditions.append(Capture.captured_at < filters.to)
    if filters.trigger_label is not None:
        conditions.append(Capture.trigger_label == filters.trigger_label)
    if filters.disposition is not None:
        conditions.append(Capture.disposition == filters.disposition)
    return conditions


def _has_state(state: str) -> ColumnElement[bool]:
    if state == "pending":
        return Capture.evaluation_status.in_(
            [EvaluationStatus.PENDING, EvaluationStatus.PROCESSING]
        )
    if state == "failed":
        return Capture.evaluation_status == EvaluationStatus.FAILED
    return and_(Capture.state == State(state))


GET = select(Capture).where(
    Capture.organization_id == bindparam("organization_id"),
    Capture.id == bindparam("record_id"),
    Capture.deleted_at.is_(None),
)
GET_LOCKED = GET.with_for_update()
