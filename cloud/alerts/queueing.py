"""The outbox: a message is a row written with what it tells of, and sent after the commit."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from cloud.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Recipient
from cloud.alerts.recipients import why_silent
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.queue import Queue

DELIVERIES = Queue("deliveries")
"""Messages to be sent, by the ids of their rows."""


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
