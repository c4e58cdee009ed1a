"""Reading incidents and deliveries: pages of them, one with all that belongs to it, counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, tuple_
from sqlalchemy.orm import aliased

from cloud.alerts.history import picture_taken_at
from cloud.alerts.models import Delivery, DeliveryKind, Incident, IncidentCapture, IncidentState
from cloud.captures.models import Capture
from cloud.devices.models import Device
from cloud.devices.spelling import normal_unit_id
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import Cursor, PageRequest

MOST_CAPTURES = 100
"""How many captures one incident shows: the latest."""

First = aliased(Capture, name="first_capture")
Latest = aliased(Capture, name="latest_capture")


@dataclass(frozen=True)
class ShownIncident:
    """An incident with what is shown of it everywhere."""

    incident: Incident
    device_name: str
    first_capture: Capture | None
    latest_capture: Capture | None
    snoozed_until: datetime | None = None
    """Its camera's snooze; over where it is past."""


@dataclass(frozen=True)
class IncidentFile:
    """One incident with its captures, at most the latest 100, and its messages; oldest first."""

    shown: ShownIncident
    captures: Sequence[Capture]
    deliveries: Sequence[Delivery]


@dataclass(frozen=True)
class IncidentPage:
    incidents: Sequence[ShownIncident]
    next_cursor: str | None


@dataclass(frozen=True)
class DeliveryPage:
    deliveries: Sequence[Delivery]
    next_cursor: str | None


def parse_incident_id(incident_id: str) -> UUID:
    """The id of an incident. What is no id cannot be found: raises NotFound."""
    try:
        return UUID(incident_id)
    except ValueError:
        raise incident_not_found() from None


def parse_delivery_id(delivery_id: str) -> UUID:
    """The id of a message. What is no id cannot be found: raises NotFound."""
    try:
        return UUID(delivery_id)
    except ValueError:
        raise delivery_not_found() from None


def delivery_not_found() -> NotFound:
    return NotFound("delivery_not_found", "There is no such message.")


def incident_not_found() -> NotFound:
    """Missing or another organization's: the same to whoever asks."""
    return NotFound("incident_not_found", "There is no such incident.")


async def get_incident(work: OrganizationWork, incident_id: UUID) -> ShownIncident:
    """One incident, as it stands in this transaction. Raises NotFound."""
    statement = _shown(work).where(Incident.id == incident_id)
    row = (
        await work.session.execute(statement, execution_options={"populate_existing": True})
    ).one_or_none()
    if row is None:
        raise incident_not_found()
    return ShownIncident(*row)


async def get_incidents(work: OrganizationWork, ids: Collection[UUID]) -> list[ShownIncident]:
    """Those of these incidents that are there, the last opened first."""
    statement = _shown(work).where(Incident.id.in_(ids))
    rows = await work.execute(statement.order_by(Incident.opened_at.desc(), Incident.id.desc()))
    return [ShownIncident(*row) for row in rows]


async def list_incidents(
    work: OrganizationWork,
    page: PageRequest,
    *,
    state: IncidentState | None = None,
    device_id: str | None = None,
) -> IncidentPage:
    """A page of incidents, the last opened first. A camera that is not there has none."""
    statement = _shown(work)
    if state is not None:
        statement = statement.where(Incident.state == state)
    if device_id is not None:
        statement = statement.where(Incident.unit_id == normal_unit_id(device_id))
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Incident.opened_at, Incident.id) < behind)
    statement = statement.order_by(Incident.opened_at.desc(), Incident.id.desc())
    rows = (await work.execute(statement.limit(page.limit + 1))).all()
    found = [ShownIncident(*row) for row in rows[: page.limit]]
    if len(rows) <= page.limit:
        return IncidentPage(found, None)
    last = found[-1].incident
    return IncidentPage(found, Cursor(last.opened_at, str(last.id)).encode())


async def read_incident_file(work: OrganizationWork, incident_id: UUID) -> IncidentFile:
    """One incident with all that belongs to it. Raises NotFound."""
    shown = await get_incident(work, incident_id)
    captures = await work.session.scalars(
        select(Capture)
        .join(IncidentCapture, IncidentCapture.capture_id == Capture.id)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.deleted_at.is_(None),
            IncidentCapture.incident_id == incident_id,
        )
        .order_by(picture_taken_at.desc(), Capture.id.desc())
        .limit(MOST_CAPTURES)
    )
    deliveries = await work.session.scalars(
        select(Delivery)
        .where(
            Delivery.organization_id == work.organization_id, Delivery.incident_id == incident_id
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    return IncidentFile(shown, list(reversed(captures.all())), deliveries.all())


async def list_deliveries(
    work: OrganizationWork, page: PageRequest, *, confirmations: bool = True
) -> DeliveryPage:
    """A page of messages, the last queued first, with `confirmations` or without."""
    statement = select(Delivery).where(Delivery.organization_id == work.organization_id)
    if not confirmations:
        statement = statement.where(Delivery.kind != DeliveryKind.CONFIRMATION)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Delivery.created_at, Delivery.id) < behind)
    statement = statement.order_by(Delivery.created_at.desc(), Delivery.id.desc())
    rows = (await work.session.scalars(statement.limit(page.limit + 1))).all()
    if len(rows) <= page.limit:
        return DeliveryPage(rows, None)
    last = rows[page.limit - 1]
    return DeliveryPage(rows[: page.limit], Cursor(last.created_at, str(last.id)).encode())


async def name_cameras(work: OrganizationWork, deliveries: Sequence[Delivery]) -> dict[UUID, str]:
    """What the cameras are called that messages are about, by the message; a digest has none."""
    of_camera = func.coalesce(Delivery.device_id, Incident.device_id)
    rows = await work.execute(
        select(Delivery.id, Device.friendly_name)
        .outerjoin(Incident, Incident.id == Delivery.incident_id)
        .join(Device, Device.id == of_camera)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.id.in_([delivery.id for delivery in deliveries]),
        )
    )
    return {row.id: row.friendly_name for row in rows}


async def find_unresolved_incidents(work: OrganizationWork) -> dict[UUID, UUID]:
    """Which cameras have an unresolved incident: from the device's row id to the incident's id."""
    rows = await work.execute(UNRESOLVED, {"organization_id": work.organization_id})
    return {row.device_id: row.id for row in rows}


def _shown(work: OrganizationWork) -> Select[Incident, str, Capture, Capture, datetime | None]:
    return (
        select(Incident, Device.friendly_name, First, Latest, Device.snoozed_until)
        .join(Device, Device.id == Incident.device_id)
        .outerjoin(First, (First.id == Incident.first_capture_id) & First.deleted_at.is_(None))
        .outerjoin(Latest, (Latest.id == Incident.latest_capture_id) & Latest.deleted_at.is_(None))
        .where(
            Incident.organization_id == work.organization_id,
            Device.organization_id == work.organization_id,
        )
    )


UNRESOLVED = (
    select(Incident.device_id, Incident.id)
    .where(
        Incident.organization_id == bindparam("organization_id"),
        Incident.state != IncidentState.RESOLVED,
    )
    .order_by(Incident.opened_at)
)
