"""What a verdict does to incidents, in the transaction that writes the verdict.

The camera's row is locked, so that two verdicts at once cannot open two incidents. The verdicts
around the new one are folded, incidents are made to be what the fold says, and the messages that
follow from it are queued.
"""

from uuid import UUID

from cloud.alerts.history import changes_nothing, read_history
from cloud.alerts.news import append_incident
from cloud.alerts.notifications import read_notifications
from cloud.alerts.policy import Rule, fold
from cloud.alerts.settling import Settled, settle
from cloud.alerts.telling import tell_of_open, tell_of_recovered
from cloud.devices.models import Device
from cloud.events.append import EventKind
from cloud.kit.database import OrganizationWork


async def raise_incident(work: OrganizationWork, capture_id: UUID, device: Device) -> None:
    """Open, join or close incidents by a capture's verdict, and queue the messages of it.

    `device` is its camera, locked. Call it last in the transaction that writes the verdict: it
    appends events, whose counter stays locked until the commit. A released camera has no incidents
    any more.
    """
    await work.flush()
    if device.released_at is not None or await changes_nothing(work, capture_id):
        return
    notifications = await read_notifications(work, device.id)
    rule = Rule.read(device.config.get("alerting", {}), on_uncertain=notifications.on_uncertain)
    history = await read_history(work, device.id, capture_id, rule)
    if history is None:
        return
    episodes = fold(history.verdicts, rule, carried=history.carried, cuts=history.cuts)
    settled = await settle(work, device, history, episodes)
    told_of = frozenset(member for _, member in history.memberships)
    for each in settled:
        if _concerns_people(each, told_of):
            await tell_of_open(work, each.incident, notifications)
        elif each.closed_now and all(other.is_resolved for other in settled):
            await tell_of_recovered(work, each.incident, notifications)
    for each in settled:
        for kind in _news_of(each):
            await append_incident(work, kind, each.incident.id)


def _concerns_people(settled: Settled, told_of: frozenset[object]) -> bool:
    """Whether something is newly abnormal in it.

    An incident that is already over when a late capture makes it known is told as well, unless it
    only splits off from one that was told.
    """
    if not settled.is_resolved:
        return bool(settled.added - told_of)
    return settled.before is None and settled.added.isdisjoint(told_of)


def _news_of(settled: Settled) -> list[EventKind]:
    if settled.before is None:
        closed = [EventKind.INCIDENT_CLOSED] if settled.is_resolved else []
        return [EventKind.INCIDENT_OPENED, *closed]
    if settled.closed_now:
        return [EventKind.INCIDENT_CLOSED]
    return [EventKind.INCIDENT_UPDATED] if settled.changed else []
