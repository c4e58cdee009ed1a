"""Whether a message may go now: not while it is held, nor beyond the most of an hour.

That is decided when a message is about to be sent, not when it is written: so a change of the
hours, or the end of a snooze, holds at once. What was held back tells how things are when it goes;
what is over by then is withdrawn, and says so.
"""

from datetime import datetime

from sqlalchemy import select

from cloud.alerts.gathering import close_digest, gathered_by, has_room
from cloud.alerts.holding import Hold, camera_of, hold_of_camera, hold_of_organization
from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentState,
)
from cloud.alerts.queueing import DELIVERIES, TELLING
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.queue import Claim

NEVER_HELD = frozenset({DeliveryKind.TEST, DeliveryKind.CONFIRMATION})
"""Somebody waits for these."""

HELD_AGAIN = "All that it was to tell waits for the end of a snooze or of quiet hours."


async def admit(work: OrganizationWork, claim: Claim, delivery: Delivery) -> bool:
    """Whether a claimed message is to be sent now; if not, the claim is over. Raises LeaseLost."""
    now = utc_now()
    if await _is_gathering(work, delivery):
        needless = None if await close_digest(work, delivery, now) else HELD_AGAIN
    else:
        hold = await _hold_of(work, delivery, now)
        if hold is not None:
            await DELIVERIES.retry(work, claim, (hold.until - now).total_seconds(), attempted=False)
            delivery.held_by, delivery.held_until = hold.by, hold.until
            return False
        needless = await _why_needless(work, delivery)
    if needless is not None:
        await DELIVERIES.finish(work, claim)
        delivery.status, delivery.last_answer = DeliveryStatus.WITHDRAWN, needless
        return False
    if not await has_room(work, claim, delivery, now):
        return False
    if delivery.held_until is not None:
        delivery.held_until = min(delivery.held_until, now)
    delivery.admitted_at = delivery.admitted_at or now
    return True


async def _is_gathering(work: OrganizationWork, delivery: Delivery) -> bool:
    """Whether it is a digest that goes for the first time with messages that it took."""
    if delivery.kind != DeliveryKind.DIGEST or delivery.digest_id is not None:
        return False
    return delivery.admitted_at is None and bool(await gathered_by(work, delivery.id))


async def _hold_of(work: OrganizationWork, delivery: Delivery, now: datetime) -> Hold | None:
    if delivery.by_hand or delivery.kind in NEVER_HELD:
        return None
    device_id = await camera_of(work, delivery)
    if device_id is None:
        return await hold_of_organization(work, now)
    return await hold_of_camera(work, device_id, now)


async def _why_needless(work: OrganizationWork, delivery: Delivery) -> str | None:
    """Why there is nothing to tell any more; None where there is."""
    if delivery.by_hand or delivery.incident_id is None:
        return None
    if delivery.kind == DeliveryKind.RECOVERED:
        told = await _was_told(work, delivery)
        return None if told else "It was over before anybody was told here that it had begun."
    if delivery.held_by is None and delivery.kind != DeliveryKind.ESCALATED:
        return None
    state = await work.scalar(
        select(Incident.state).where(
            Incident.organization_id == work.organization_id, Incident.id == delivery.incident_id
        )
    )
    return NEEDLESS.get(state)


NEEDLESS = {
    IncidentState.ACKNOWLEDGED: "Somebody had seen it by then.",
    IncidentState.RESOLVED: "It was over by then.",
}


async def _was_told(work: OrganizationWork, delivery: Delivery) -> bool:
    """Whether a message that it began went out to the same recipient, or is on its way."""
    return bool(
        await work.scalar(
            select(
                select(Delivery.id)
                .where(
                    Delivery.organization_id == work.organization_id,
                    Delivery.incident_id == delivery.incident_id,
                    Delivery.recipient_id == delivery.recipient_id,
                    Delivery.kind.in_(TELLING),
                    Delivery.status != DeliveryStatus.WITHDRAWN,
                    Delivery.held_by.is_(None) | Delivery.admitted_at.is_not(None),
                )
                .exists()
            )
        )
    )
