"""The outbox: a message is a row written with what it tells of, and sent after the commit."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    HeldBy,
    Incident,
    IncidentState,
    Recipient,
)
from cloud.alerts.recipients import keep, why_silent
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.queue import Queue

DELIVERIES = Queue("deliveries")
"""Messages to be sent, by the ids of their rows."""

ESCALATIONS = Queue("escalations")
"""Incidents, due when they are to be told unless they were seen by then: at the end of a cooldown
to whom it kept from hearing, and later to somebody else."""


OPENING = (DeliveryKind.OPENED, DeliveryKind.REMINDER)
"""The messages that something is not as it should be."""

TELLING = (*OPENING, DeliveryKind.ESCALATED)
"""Those after which somebody wants to hear that it is over."""


async def queue_messages(
    work: OrganizationWork,
    incident_id: UUID,
    kind: DeliveryKind,
    ordinal: int,
    recipients: Iterable[Recipient],
) -> None:
    """Queue a message of an incident to each recipient, unless it is there."""
    for recipient in recipients:
        await queue_message(
            work, await keep(work, recipient), kind, incident_id=incident_id, ordinal=ordinal
        )


async def queue_message(
    work: OrganizationWork,
    recipient: Recipient,
    kind: DeliveryKind,
    *,
    incident_id: UUID | None = None,
    device_id: UUID | None = None,
    digest_id: UUID | None = None,
    ordinal: int = 0,
) -> UUID | None:
    """Queue a message, unless it is there; its id. To whom nothing may be sent, it fails at once.

    So whoever looks sees that somebody was not told, and why.
    """
    silent = why_silent(recipient) if kind is not DeliveryKind.CONFIRMATION else None
    delivery_id: UUID | None = await work.scalar(
        insert(Delivery)
        .values(
            id=new_id(),
            organization_id=work.organization_id,
            incident_id=incident_id,
            device_id=device_id,
            digest_id=digest_id,
            kind=kind,
            ordinal=ordinal,
            channel=recipient.channel,
            recipient=recipient.shown,
            recipient_id=recipient.id,
            status=DeliveryStatus.FAILED if silent else DeliveryStatus.PENDING,
            last_answer=silent,
        )
        .on_conflict_do_nothing()
        .returning(Delivery.id)
    )
    if delivery_id is not None and silent is None:
        await DELIVERIES.put(work, delivery_id, work.organization_id)
    return delivery_id


async def look_again(work: OrganizationWork, device_id: UUID | None = None) -> None:
    """Have what waits looked at now, as the rules have changed: of one camera, or of all.

    What is held back may go, and what nobody has seen may be told to somebody else.
    """
    held = (
        select(Delivery.id)
        .outerjoin(Incident, Incident.id == Delivery.incident_id)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.held_until > func.clock_timestamp(),
            Delivery.held_by != HeldBy.HOURLY_CAP,
        )
    )
    unseen = select(Incident.id).where(
        Incident.organization_id == work.organization_id, Incident.state == IncidentState.OPEN
    )
    if device_id is not None:
        held = held.where(Incident.device_id == device_id)
        unseen = unseen.where(Incident.device_id == device_id)
    for queue, statement in ((DELIVERIES, held), (ESCALATIONS, unseen)):
        for subject_id in (await work.session.scalars(statement)).all():
            await queue.put(work, subject_id, work.organization_id)
