"""Whether messages arrive: what came of the newest ones, and whom they do not reach."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from cloud.alerts.models import Delivery, DeliveryStatus, Incident, Recipient
from cloud.alerts.notifications import read_all_notifications
from cloud.channels.channel import ChannelKind
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork

LOOKED_AT = 200
"""How many of the newest messages say whether they arrive."""

LAST_FIRST = (Delivery.created_at.desc(), Delivery.id.desc())


async def list_newest(work: OrganizationWork) -> Sequence[Delivery]:
    """The newest messages of the organization, the last queued first."""
    statement = select(Delivery).where(Delivery.organization_id == work.organization_id)
    return (await work.session.scalars(statement.order_by(*LAST_FIRST).limit(LOOKED_AT))).all()


async def list_newest_of_device(
    work: OrganizationWork, device_id: UUID, limit: int
) -> Sequence[Delivery]:
    """The newest messages about a camera: of its incidents, and its tests."""
    of_incident = select(Incident.id).where(
        Incident.organization_id == work.organization_id, Incident.device_id == device_id
    )
    statement = select(Delivery).where(
        Delivery.organization_id == work.organization_id,
        (Delivery.device_id == device_id) | Delivery.incident_id.in_(of_incident),
    )
    return (await work.session.scalars(statement.order_by(*LAST_FIRST).limit(limit))).all()


def newest_to(recipient: Recipient, deliveries: Iterable[Delivery]) -> Delivery | None:
    """The first of these messages that went there; a mailbox may be an owner's, without a row."""
    return next((delivery for delivery in deliveries if _went_to(delivery, recipient)), None)


async def find_unreached(work: OrganizationWork) -> list[str]:
    """Who is still to be told, but whom the newest message did not reach: as people see them."""
    failed = (await work.execute(FAILED, {"organization_id": work.organization_id})).all()
    if not failed:
        return []
    told = await _addresses_told(work)
    return [one.recipient for one in failed if (one.channel, one.recipient) in told]


def _went_to(delivery: Delivery, recipient: Recipient) -> bool:
    if recipient.channel == ChannelKind.EMAIL:
        return (delivery.channel, delivery.recipient) == (recipient.channel, recipient.shown)
    return delivery.recipient_id == recipient.id


async def _addresses_told(work: OrganizationWork) -> set[tuple[str, str]]:
    cameras = await work.session.scalars(
        select(Device.id).where(
            Device.organization_id == work.organization_id, Device.released_at.is_(None)
        )
    )
    in_force = await read_all_notifications(work, cameras.all())
    return {
        (recipient.channel, recipient.shown)
        for notifications in in_force.values()
        for recipient in notifications.recipients
    }


_newest = (
    select(Delivery)
    .where(Delivery.organization_id == bindparam("organization_id"))
    .order_by(*LAST_FIRST)
    .limit(LOOKED_AT)
    .subquery()
)
_settled = (
    select(_newest)
    .where(_newest.c.status != DeliveryStatus.PENDING, _newest.c.recipient_id.is_not(None))
    .ext(distinct_on(_newest.c.recipient_id))
    .order_by(_newest.c.recipient_id, _newest.c.created_at.desc(), _newest.c.id.desc())
    .subquery()
)
FAILED = (
    select(_settled.c.channel, _settled.c.recipient)
    .where(_settled.c.status == DeliveryStatus.FAILED)
    .order_by(_settled.c.created_at.desc(), _settled.c.id.desc())
)
"""Those whose newest message failed for good, the last told first."""
