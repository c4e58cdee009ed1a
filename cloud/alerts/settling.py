"""Makes a camera's incidents be what the fold of its verdicts says they are.

In order, this opens, joins and closes. A verdict that came late or was changed may also open an
incident again, split one or join two; what a person resolved stays resolved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_

from cloud.alerts.history import History, Membership, is_by_hand, picture_taken_at
from cloud.alerts.models import Incident, IncidentCapture, IncidentKind, IncidentState, ResolvedAs
from cloud.alerts.policy import Episode, match_episodes
from cloud.captures.models import Capture
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id


@dataclass
class Settled:
    """An incident and what became of it. `before` is None for a new one."""

    incident: Incident
    before: IncidentState | None
    episode: Episode | None
    added: frozenset[UUID] = frozenset()
    removed: frozenset[UUID] = frozenset()

    @property
    def lasts(self) -> bool:
        """Whether the fold says that it is not over."""
        return self.episode is not None and self.episode.closed_at is None

    @property
    def closed_now(self) -> bool:
        return self.is_resolved and self.before not in {None, IncidentState.RESOLVED}

    @property
    def is_resolved(self) -> bool:
        return self.incident.state == IncidentState.RESOLVED

    @property
    def changed(self) -> bool:
        return self.before != self.incident.state or bool(self.added or self.removed)


async def settle(
    work: OrganizationWork, device: Device, history: History, episodes: Sequence[Episode]
) -> list[Settled]:
    """Write the episodes down as incidents; what became of each incident that is near them."""
    settled = _pair(work, device, history, episodes)
    _compare_members(settled, history.memberships)
    await _write_incidents(work, settled)
    await _write_members(work, settled)
    for each in settled:
        await _set_captures(work, each)
    await work.flush()
    return settled


def _pair(
    work: OrganizationWork, device: Device, history: History, episodes: Sequence[Episode]
) -> list[Settled]:
    known = {incident.id: incident for incident in history.incidents}
    settled = []
    for episode, found in match_episodes(episodes, history.known):
        incident = known.pop(found) if found else _new_incident(work, device, episode)
        before = IncidentState(incident.state) if found else None
        settled.append(Settled(incident, before, episode))
    emptied = [Settled(left, IncidentState(left.state), None) for left in known.values()]
    return emptied + settled


def _new_incident(work: OrganizationWork, device: Device, episode: Episode) -> Incident:
    return Incident(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        unit_id=device.unit_id,
        kind=IncidentKind.ABNORMAL,
        state=IncidentState.OPEN,
        opened_at=episode.opened_at,
        captures_count=0,
        normal_in_a_row=0,
    )


def _compare_members(settled: Iterable[Settled], memberships: frozenset[Membership]) -> None:
    for each in settled:
        had = frozenset(
            capture for incident, capture in memberships if incident == each.incident.id
        )
        has = frozenset(each.episode.members) if each.episode else frozenset()
        each.added, each.removed = has - had, had - has


async def _write_incidents(work: OrganizationWork, settled: Iterable[Settled]) -> None:
    """What lasts comes last: a camera has one unresolved incident at most, by a unique index."""
    for each in sorted(settled, key=lambda each: each.lasts):
        _set_state(each)
        work.add(each.incident)
        await work.flush()


def _set_state(settled: Settled) -> None:
    incident, episode = settled.incident, settled.episode
    if episode is not None and episode.opened_at is not None:
        incident.opened_at = episode.opened_at
    if episode is not None:
        incident.normal_in_a_row = episode.normal_in_a_row
    if is_by_hand(incident):
        return
    if episode is None:
        if not settled.is_resolved:
            _resolve(incident, utc_now())
    elif episode.closed_at is not None:
        _resolve(incident, episode.closed_at)
    elif settled.is_resolved:
        open_again(incident)


def _resolve(incident: Incident, moment: datetime) -> None:
    incident.state = IncidentState.RESOLVED
    incident.resolved_at = moment
    incident.resolved_as = ResolvedAs.RECOVERED


def open_again(incident: Incident) -> None:
    """Have it last after all, as it stood before it was resolved."""
    acknowledged = incident.acknowledged_at is not None
    incident.state = IncidentState.ACKNOWLEDGED if acknowledged else IncidentState.OPEN
    incident.resolved_at = incident.resolved_as = incident.resolved_by = incident.note = None


async def _write_members(work: OrganizationWork, settled: Iterable[Settled]) -> None:
    removed = [(each.incident.id, capture) for each in settled for capture in each.removed]
    added = [(each.incident.id, capture) for each in settled for capture in each.added]
    if removed:
        pair = tuple_(IncidentCapture.incident_id, IncidentCapture.capture_id)
        await work.execute(
            delete(IncidentCapture).where(
                IncidentCapture.organization_id == work.organization_id, pair.in_(removed)
            )
        )
    if added:
        await work.execute(
            insert(IncidentCapture),
            [
                {
                    "organization_id": work.organization_id,
                    "incident_id": incident,
                    "capture_id": capture,
                }
                for incident, capture in added
            ],
        )


async def _set_captures(work: OrganizationWork, settled: Settled) -> None:
    """Count the captures; a fold that starts at the opening has seen all, another only the last."""
    incident = settled.incident
    members = settled.episode.members if settled.episode else ()
    if settled.episode and settled.episode.carried is None:
        incident.captures_count = len(members)
        incident.first_capture_id, incident.latest_capture_id = members[0], members[-1]
        return
    incident.captures_count += len(settled.added) - len(settled.removed)
    if settled.removed:
        incident.first_capture_id = await _outermost(work, incident.id, latest=False)
        incident.latest_capture_id = await _outermost(work, incident.id, latest=True)
    elif members:
        incident.latest_capture_id = members[-1]


async def _outermost(work: OrganizationWork, incident_id: UUID, *, latest: bool) -> UUID | None:
    order = (
        (picture_taken_at.desc(), Capture.id.desc()) if latest else (picture_taken_at, Capture.id)
    )
    found: UUID | None = await work.scalar(
        select(Capture.id)
        .join(IncidentCapture, IncidentCapture.capture_id == Capture.id)
        .where(
            IncidentCapture.organization_id == work.organization_id,
            IncidentCapture.incident_id == incident_id,
        )
        .order_by(*order)
        .limit(1)
    )
    return found
