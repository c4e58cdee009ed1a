"""The worker that watches the watching: looks at each camera when its state may have changed.

All claimed cameras of an organization are read in one statement. Where all is as it was, only the
time of the next look is written. A change is a row, an incident where it is one, and news, in one
transaction with the claim; if somebody asked for another look meanwhile, the claim is lost and
nothing is written, as what was read may be old. A look that fails keeps no other from being had.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cloud.alerts.history import lock_camera
from cloud.alerts.notifications import Notifications, read_all_notifications
from cloud.alerts.standing import StandingKey, end_standing, find_unresolved, open_standing
from cloud.devices.config import read_config
from cloud.devices.looking import WATCHING
from cloud.devices.presence import presence_document
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.pipelines import Statement
from cloud.kit.queue import Claim
from cloud.kit.settings import Settings
from cloud.kit.worker import contained
from cloud.watch.documents import facts_of, known_truth
from cloud.watch.models import WatchingChange
from cloud.watch.moments import next_look
from cloud.watch.queries import Sighting, sightings_of
from cloud.watch.standing import STANDING, Finding, find_standing
from cloud.watch.truth import Truth, find_truth

CLAIMED_AT_ONCE = 50
LEASE_SECONDS = 10
"""A killed process's looks are late by this at the most."""


@dataclass(frozen=True)
class Look:
    """What a look at one camera found, and what of it is new."""

    truth: Truth
    since: datetime
    has_changed: bool
    findings: Sequence[Finding]
    next_at: datetime

    @property
    def is_news(self) -> bool:
        return self.has_changed or bool(self.findings)


@dataclass(frozen=True)
class Watcher:
    """Takes turns; several processes may do so at once."""

    database: Database
    settings: Settings

    async def turn(self) -> bool:
        """Look at each camera that is due; whether there may be more."""
        claims = await WATCHING.claim(
            self.database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS, after=None
        )
        by_organization: dict[UUID, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_organization[claim.organization_id].append(claim)
        for organization_id, own in by_organization.items():
            with contained(WATCHING, *own):
                await self._look_at_all(organization_id, own)
        return len(claims) == CLAIMED_AT_ONCE

    async def _look_at_all(self, organization_id: UUID, claims: Sequence[Claim]) -> None:
        now = utc_now()
        ids = [claim.id for claim in claims]
        async with self.database.work_for(organization_id) as work:
            sightings = await sightings_of(work, ids, now=now)
            notifications = await read_all_notifications(work, ids)
            unresolved = await find_unresolved(work, ids, STANDING)
            seen = {each.row.id: each for each in sightings}
            looks: dict[UUID, Look] = {}
            for claim in claims:
                if claim.id in seen:
                    with contained(WATCHING, claim):
                        looks[claim.id] = self._look(
                            seen[claim.id], notifications[claim.id], unresolved, now
                        )
            await work.together(*_passing_on(claims, seen, looks))
        for claim in claims:
            look = looks.get(claim.id)
            if look is not None and look.is_news:
                with contained(WATCHING, claim):
                    async with self.database.work_for(organization_id) as work:
                        await _write(work, claim, look, notifications[claim.id])

    def _look(
        self,
        sighting: Sighting,
        notifications: Notifications,
        unresolved: Collection[StandingKey],
        now: datetime,
    ) -> Look:
        row = sighting.row
        facts = facts_of(row, read_config(row.config, self.settings), now)
        truth = known_truth(row, find_truth(facts, now))
        offline_after = notifications.offline_after
        findings = find_standing(facts, truth, now, offline_after=offline_after)
        known = (row.change_state, row.change_code)
        return Look(
            truth=truth,
            since=max(truth.since, row.change_since or truth.since),
            has_changed=known != (truth.state, truth.code),
            findings=[each for each in findings if _is_news(each, unresolved, row.id)],
            next_at=next_look(facts, truth, now, offline_after=offline_after),
        )


def _is_news(finding: Finding, unresolved: Collection[StandingKey], device_id: UUID) -> bool:
    return ((device_id, finding.kind) in unresolved) == (finding.since is None)


def _passing_on(
    claims: Sequence[Claim], seen: Collection[UUID], looks: Mapping[UUID, Look]
) -> Iterator[Statement]:
    """Sets the next looks where nothing is to be written. A camera that is gone needs none.

    A claim that was lost meanwhile stays as it is: somebody has asked for another look. So does
    one whose look failed, until its lease runs out.
    """
    for claim in sorted(claims, key=lambda claim: claim.id):
        look = looks.get(claim.id)
        if claim.id not in seen:
            yield WATCHING.finishing(claim)
        elif look is not None and not look.is_news:
            yield WATCHING.retrying(claim, _seconds_until(look.next_at))


async def _write(
    work: OrganizationWork, claim: Claim, look: Look, notifications: Notifications
) -> None:
    device = await lock_camera(work, claim.id)
    await WATCHING.retry(work, claim, _seconds_until(look.next_at))
    if look.has_changed:
        work.add(_change(work, device.id, look))
    await work.flush()
    for finding in look.findings:
        if finding.since is None:
            await end_standing(work, device, finding.kind, finding.outcome, notifications)
        else:
            await open_standing(work, device, finding.kind, finding.since, notifications)
    if look.has_changed:
        watching = vars(look.truth) | {"since": look.since}
        document = presence_document(device, utc_now()) | {"watching": watching}
        await append(work, EventKind.DEVICE_PRESENCE, document, device_id=device.unit_id)


def _change(work: OrganizationWork, device_id: UUID, look: Look) -> WatchingChange:
    return WatchingChange(
        organization_id=work.organization_id,
        device_id=device_id,
        state=look.truth.state,
        code=look.truth.code,
        reason=look.truth.reason,
        since=look.since,
    )


def _seconds_until(moment: datetime) -> float:
    return max(timedelta(), moment - utc_now()).total_seconds()
