"""At most 60 messages an hour to one recipient: those beyond are gathered into one, the digest.

A message counts in the hour in which it was let out to be sent. The recipient's row is locked
meanwhile, so that several workers cannot each take the last place. The digest goes when the first
place is free again, and until then takes everything: what comes after must not overtake. It tells
of each message that it took. Questions whether somebody wants messages cannot be gathered, as
nothing else may be sent there: of these an organization has 20 an hour, and the others wait.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from cloud.alerts.holding import Hold, hold_of_camera
from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    HeldBy,
    Incident,
    Recipient,
)
from cloud.alerts.queueing import DELIVERIES
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.queue import Claim

HOUR = timedelta(hours=1)

MOST_AN_HOUR = 60
"""Messages to one recipient: one a minute. The incidents of an outage, 50 or so, go at once."""

MOST_QUESTIONS_AN_HOUR = 20
"""Questions whether somebody wants messages, of an organization to everybody."""

UNCOUNTED = frozenset({DeliveryKind.TEST, DeliveryKind.CONFIRMATION})
"""These have limits of their own."""

NEVER_GATHERED = frozenset({DeliveryKind.TEST, DeliveryKind.DIGEST})

Member = aliased(Delivery, name="member")


async def has_room(work: OrganizationWork, claim: Claim, delivery: Delivery, now: datetime) -> bool:
    """Whether one more message may go to its recipient now.

    If not, it is gathered, or a question waits, and the claim is over. Raises LeaseLost.
    """
    if delivery.by_hand or delivery.admitted_at is not None or delivery.kind in NEVER_GATHERED:
        return True
    if delivery.kind == DeliveryKind.CONFIRMATION:
        questions = Delivery.kind == DeliveryKind.CONFIRMATION
        free_at = await _free_at(work, questions, MOST_QUESTIONS_AN_HOUR, now)
        if free_at is not None:
            await DELIVERIES.retry(work, claim, (free_at - now).total_seconds(), attempted=False)
            delivery.held_by, delivery.held_until = HeldBy.HOURLY_CAP, free_at
        return free_at is None
    await _lock(work, delivery.recipient_id)
    digest = await _open_digest(work, delivery.recipient_id)
    if digest is None:
        free_at = await _free_at(work, _counts_for(delivery.recipient_id), MOST_AN_HOUR, now)
        if free_at is None:
            return True
        digest = await _start_digest(work, delivery, free_at, now)
    await DELIVERIES.finish(work, claim)
    delivery.gathered_into = digest.id
    delivery.held_by, delivery.held_until = HeldBy.HOURLY_CAP, digest.held_until
    return False


async def gathered_by(work: OrganizationWork, digest_id: UUID) -> Sequence[Delivery]:
    """The messages that a digest took, oldest first."""
    found = await work.session.scalars(
        select(Delivery)
        .where(
            Delivery.organization_id == work.organization_id, Delivery.gathered_into == digest_id
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    return found.all()


async def close_digest(work: OrganizationWork, digest: Delivery, now: datetime) -> bool:
    """Have a digest take no more, and give back what is held by now; whether any is left."""
    await _lock(work, digest.recipient_id)
    holds: dict[UUID, Hold | None] = {}
    rows = await work.execute(
        select(Delivery, Incident.device_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .where(
            Delivery.organization_id == work.organization_id, Delivery.gathered_into == digest.id
        )
    )
    left = 0
    for member, device_id in rows.all():
        if device_id not in holds:
            holds[device_id] = await hold_of_camera(work, device_id, now)
        hold = holds[device_id]
        if hold is None:
            member.admitted_at = now
            left += 1
        else:
            await _give_back(work, member, hold, now)
    return left > 0


async def _give_back(work: OrganizationWork, member: Delivery, hold: Hold, now: datetime) -> None:
    member.gathered_into = None
    member.held_by, member.held_until = hold.by, hold.until
    seconds = (hold.until - now).total_seconds()
    await DELIVERIES.put(work, member.id, work.organization_id, delay_seconds=seconds)


async def _lock(work: OrganizationWork, recipient_id: UUID | None) -> None:
    await work.execute(
        select(Recipient.id)
        .where(Recipient.organization_id == work.organization_id, Recipient.id == recipient_id)
        .with_for_update(key_share=True)
    )


async def _open_digest(work: OrganizationWork, recipient_id: UUID | None) -> Delivery | None:
    """The recipient's digest that still takes messages."""
    digest: Delivery | None = await work.scalar(
        select(Delivery)
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.recipient_id == recipient_id,
            Delivery.kind == DeliveryKind.DIGEST,
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.admitted_at.is_(None),
            exists().where(Member.gathered_into == Delivery.id),
        )
        .limit(1)
    )
    return digest


async def _start_digest(
    work: OrganizationWork, delivery: Delivery, due_at: datetime, now: datetime
) -> Delivery:
    digest = Delivery(
        id=new_id(),
        organization_id=work.organization_id,
        kind=DeliveryKind.DIGEST,
        channel=delivery.channel,
        recipient=delivery.recipient,
        recipient_id=delivery.recipient_id,
        held_by=HeldBy.HOURLY_CAP,
        held_until=due_at,
    )
    work.add(digest)
    await work.flush()
    seconds = (due_at - now).total_seconds()
    await DELIVERIES.put(work, digest.id, work.organization_id, delay_seconds=seconds)
    return digest


def _counts_for(recipient_id: UUID | None) -> ColumnElement[bool]:
    return (Delivery.recipient_id == recipient_id) & Delivery.kind.not_in(UNCOUNTED)


async def _free_at(
    work: OrganizationWork, which: ColumnElement[bool], most: int, now: datetime
) -> datetime | None:
    """When there is a place again among these messages; None where there is one now."""
    taken = (
        select(Delivery.admitted_at)
        .where(
            Delivery.organization_id == work.organization_id,
            which,
            Delivery.admitted_at > now - HOUR,
            Delivery.gathered_into.is_(None),
            ~Delivery.by_hand,
        )
        .order_by(Delivery.admitted_at.desc())
        .limit(most)
        .subquery()
    )
    row = (
        await work.execute(
            select(func.count().label("taken"), func.min(taken.c.admitted_at).label("first"))
        )
    ).one()
    return row.first + HOUR if row.taken >= most else None
