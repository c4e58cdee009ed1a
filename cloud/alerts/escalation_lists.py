"""Who is told when nobody acknowledges in time, changed one channel at a time."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from cloud.accounts.sessions import Person
from cloud.alerts.channel_lists import channel_not_found, find_known
from cloud.alerts.models import Recipient
from cloud.alerts.notification_schemas import MOST_CHANNELS
from cloud.alerts.notifications import (
    Escalation,
    change_notifications,
    hold_notifications,
)
from cloud.alerts.recipients import Destination, Enlisted, enlist
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.kit.sealing import Seal

MINUTE = timedelta(minutes=1)


async def escalate_to(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    destination: Destination | None,
    after_minutes: int,
    *,
    device_id: UUID | None = None,
) -> Enlisted | None:
    """Tell one more after so long; without one, only change how long that is.

    Raises Conflict where the list is full, or would be empty.
    """
    told = _recipients((await hold_notifications(work, device_id)).escalation)
    enlisted = None if destination is None else await enlist(work, seal, destination)
    named = [*told, enlisted.recipient] if enlisted else told
    await _write(work, seal, who, named, after_minutes, device_id)
    return enlisted


async def escalate_again_to(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    fingerprint: str,
    after_minutes: int,
    *,
    device_id: UUID | None = None,
) -> None:
    """Tell somebody again who was removed from the list. Raises NotFound, Conflict."""
    told = _recipients((await hold_notifications(work, device_id)).escalation)
    named = [*told, await find_known(work, fingerprint)]
    await _write(work, seal, who, named, after_minutes, device_id)


async def stop_escalating_to(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    fingerprint: str,
    *,
    device_id: UUID | None = None,
) -> int:
    """Tell one less; without anybody left there is no escalation.

    After how many minutes they were told. Raises NotFound.
    """
    escalation = (await hold_notifications(work, device_id)).escalation
    told = _recipients(escalation)
    left = [each for each in told if each.fingerprint != fingerprint]
    if escalation is None or len(left) == len(told):
        raise channel_not_found()
    after_minutes = escalation.after // MINUTE
    kept = {"after_minutes": after_minutes, "channels": left} if left else None
    await change_notifications(work, seal, who, {"escalation": kept}, device_id=device_id)
    return after_minutes


async def _write(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    named: Sequence[Recipient],
    after_minutes: int,
    device_id: UUID | None,
) -> None:
    if not named:
        raise Conflict("nobody_to_tell", "Name somebody who is told then.")
    if len({each.fingerprint for each in named}) > MOST_CHANNELS:
        raise Conflict("channels_full", f"There are {MOST_CHANNELS} channels here; remove one.")
    changes = {"escalation": {"after_minutes": after_minutes, "channels": named}}
    await change_notifications(work, seal, who, changes, device_id=device_id)


def _recipients(escalation: Escalation | None) -> list[Recipient]:
    return [] if escalation is None else list(escalation.recipients)
