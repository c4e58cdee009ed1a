"""Trying out how people are told: a test message to each, and what an incident's mail looks like.

Both are about real things: the camera's own newest picture, the organization's own name.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.alerts.channel_lists import find_channel
from cloud.alerts.documents import incident_document
from cloud.alerts.letters import Letter, read_zone
from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentKind,
    IncidentState,
    Recipient,
)
from cloud.alerts.notes import latest_capture
from cloud.alerts.notifications import read_notifications
from cloud.alerts.queries import ShownIncident, delivery_not_found
from cloud.alerts.queueing import DELIVERIES, queue_message
from cloud.alerts.recipients import keep, why_silent
from cloud.captures.models import Capture, State
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, NotFound
from cloud.kit.ids import new_id
from cloud.kit.limits import Limit

TEST_MESSAGES = Limit("test_messages", burst=10, seconds=600)
"""For each person who sends some."""

PRETENDED_REASON = "Here it says what is not as it should be."


async def send_test(
    work: OrganizationWork, who: Person, device: Device | None, *, only: str | None = None
) -> Sequence[Delivery]:
    """Queue a test to everybody who would be told; the messages as they stand.

    With `only`, to the one whose address has this fingerprint. Raises Conflict where nobody would
    be told, and NotFound.
    """
    device_id = device.id if device else None
    notifications = await read_notifications(work, device_id)
    recipients = notifications.recipients if only is None else [find_channel(notifications, only)]
    if not recipients:
        raise Conflict("nobody_to_tell", "Nobody is to be told. Add a recipient first.")
    ids = [
        await queue_message(
            work, await keep(work, recipient), DeliveryKind.TEST, device_id=device_id
        )
        for recipient in recipients
    ]
    note(work, who, "notifications.tested", device.unit_id if device else None)
    return await _deliveries(work, [each for each in ids if each is not None])


async def redeliver(work: OrganizationWork, who: Person, delivery_id: UUID) -> Delivery:
    """Send a message again, under its own id, as if it had never been tried.

    Raises NotFound; Conflict while it is still on its way, and where nothing may be sent there.
    """
    row = (
        await work.session.execute(
            select(Delivery, Recipient)
            .outerjoin(Recipient, Recipient.id == Delivery.recipient_id)
            .where(Delivery.organization_id == work.organization_id, Delivery.id == delivery_id)
            .with_for_update(of=Delivery)
        )
    ).one_or_none()
    if row is None:
        raise delivery_not_found()
    delivery, recipient = row
    if delivery.status == DeliveryStatus.PENDING:
        raise Conflict("delivery_pending", "This message is on its way already.")
    silent = "It is not known any more to whom." if recipient is None else why_silent(recipient)
    is_question = delivery.kind == DeliveryKind.CONFIRMATION and recipient is not None
    if silent is not None and not is_question:
        raise Conflict("recipient_silent", silent)
    delivery.status = DeliveryStatus.PENDING
    delivery.attempts = 0
    delivery.sent_at = None
    delivery.by_hand = True
    delivery.gathered_into = None
    note(work, who, "delivery.repeated", str(delivery_id))
    await work.flush()
    await DELIVERIES.put(work, delivery.id, work.organization_id)
    return delivery


async def draft_letter(
    work: OrganizationWork, kind: DeliveryKind, device: Device | None, recipient: str
) -> Letter:
    """What would be told if a camera's newest picture opened an incident now.

    Without a camera it is the one whose picture came last. Raises NotFound where there is none.
    """
    device = device or await _any_device(work)
    capture = await _telling_capture(work, device.id)
    if capture is not None and capture.state != State.ABNORMAL:
        work.session.expunge(capture)  # what is pretended here must not be written
        capture.state, capture.reason = State.ABNORMAL, PRETENDED_REASON
    now = utc_now()
    incident = Incident(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        unit_id=device.unit_id,
        kind=IncidentKind.ABNORMAL,
        state=IncidentState.OPEN,
        opened_at=capture.captured_at if capture else now,
        resolved_at=now if kind is DeliveryKind.RECOVERED else None,
        captures_count=1,
    )
    shown = ShownIncident(incident, device.friendly_name, capture, capture)
    return Letter(
        delivery_id=new_id(),
        kind=kind,
        recipient=recipient,
        incident=incident,
        device_name=device.friendly_name,
        capture=capture,
        zone=await read_zone(work),
        answers=None,
        document=incident_document(shown),
    )


def no_camera() -> NotFound:
    return NotFound("device_not_found", "There is no camera yet. Add one first.")


async def _any_device(work: OrganizationWork) -> Device:
    device: Device | None = await work.scalar(
        select(Device)
        .where(Device.organization_id == work.organization_id, Device.released_at.is_(None))
        .order_by(Device.activated_at.desc())
        .limit(1)
    )
    if device is None:
        raise no_camera()
    return device


async def _telling_capture(work: OrganizationWork, device_id: UUID) -> Capture | None:
    """The last abnormal picture, else the newest."""
    abnormal: Capture | None = await work.scalar(
        select(Capture)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.state == State.ABNORMAL,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(1)
    )
    return abnormal or await latest_capture(work, device_id)


async def _deliveries(work: OrganizationWork, ids: Sequence[UUID]) -> Sequence[Delivery]:
    rows = await work.session.scalars(
        select(Delivery)
        .where(Delivery.organization_id == work.organization_id, Delivery.id.in_(ids))
        .order_by(Delivery.created_at, Delivery.id)
    )
    return rows.all()
