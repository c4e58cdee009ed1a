"""Whether a message may go now: not while its camera is snoozed, nor in quiet hours.

That is decided when a message is about to be sent, not when it is written: so a change of the
hours, or the end of a snooze, holds at once. What was held back tells how things are when it goes;
what is over by then is withdrawn, and says so.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cloud.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    HeldBy,
    Incident,
    IncidentState,
)
from cloud.alerts.notifications import Notifications, read_notifications
from cloud.alerts.queueing import DELIVERIES, TELLING
from cloud.alerts.quiet_hours import quiet_until
from cloud.devices.models import Device
from cloud.devices.presence import live_snooze
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.queue import Claim

NEVER_HELD = frozenset({DeliveryKind.TEST, DeliveryKind.CONFIRMATION})
"""Somebody waits for these."""


@dataclass(frozen=True)
class Hold:
    by: HeldBy
    until: datetime


def find_hold(
    notifications: Notifications, snoozed_until: datetime | None, now: datetime
) -> Hold | None:
    """What keeps messages of a camera back at a moment; a snooze before quiet hours."""
    snooze = live_snooze(snoozed_until, now)
    if snooze is not None:
        return Hold(HeldBy.SNOOZE, snooze)
    quiet = quiet_until(notifications.quiet_hours, now)
    return None if quiet is None else Hold(HeldBy.QUIET_HOURS, quiet)


async def admit(work: OrganizationWork, claim: Claim, delivery: Delivery) -> bool:
    """Whether a claimed message is to be sent now; if not, the claim is over. Raises LeaseLost."""
    now = utc_now()
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
    if delivery.held_until is not None:
        delivery.held_until = min(delivery.held_until, now)
    delivery.admitted_at = delivery.admitted_at or now
    return True


async def _hold_of(work: OrganizationWork, delivery: Delivery, now: datetime) -> Hold | None:
    if delivery.by_hand or delivery.kind in NEVER_HELD:
        return None
    row = (
        await work.execute(
            select(Device.id, Device.snoozed_until)
            .join(Incident, Incident.device_id == Device.id)
            .where(
                Device.organization_id == work.organization_id,
                Incident.organization_id == work.organization_id,
                Incident.id == delivery.incident_id,
            )
        )
    ).one_or_none()
    if row is None:
        return find_hold(await read_notifications(work), None, now)
    return find_hold(await read_notifications(work, row.id), row.snoozed_until, now)


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
