"""What must be read to fold a verdict in: the verdicts around it and the incidents near it.

A camera may have a hundred thousand verdicts. Only the few before the new one that decide where
the fold starts, and those after it, are read; for a verdict that comes in order, none are after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select

from cloud.alerts.models import Incident, IncidentCapture, IncidentKind, IncidentState, ResolvedAs
from cloud.alerts.policy import Cut, KnownIncident, Rule, Verdict
from cloud.captures.models import SCENE_UNUSABLE, Capture, State
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork

picture_taken_at: ColumnElement[datetime] = func.least(Capture.captured_at, Capture.received_at)
"""When a picture was taken, as far as that can be believed: not after it was received."""

picture_was_usable: ColumnElement[bool] = ~func.coalesce(Capture.reason, "").startswith(
    SCENE_UNUSABLE, autoescape=True
)
"""Not so where a picture showed nothing to judge: that is no sign of anything in the scene."""

Membership = tuple[UUID, UUID]
"""An incident and a capture that belongs to it."""


@dataclass(frozen=True)
class History:
    """What is folded anew, and what is known of it so far."""

    verdicts: Sequence[Verdict]
    carried: UUID | None
    incidents: Sequence[Incident]
    memberships: frozenset[Membership]

    @property
    def known(self) -> list[KnownIncident]:
        return [
            KnownIncident(
                id=incident.id,
                resolved=incident.state == IncidentState.RESOLVED,
                opened_at=incident.opened_at,
                members=self._members(incident.id),
            )
            for incident in self.incidents
        ]

    @property
    def cuts(self) -> list[Cut]:
        return [
            Cut(incident.resolved_at, incident.id, self._members(incident.id))
            for incident in self.incidents
            if incident.resolved_at is not None and is_by_hand(incident)
        ]

    def _members(self, incident_id: UUID) -> frozenset[UUID]:
        return frozenset(
            capture for incident, capture in self.memberships if incident == incident_id
        )


def is_by_hand(incident: Incident) -> bool:
    """Whether a person resolved it; such an incident is not opened again."""
    return incident.resolved_as in {ResolvedAs.REAL, ResolvedAs.FALSE_ALARM}


async def lock_camera(work: OrganizationWork, device_id: UUID) -> Device:
    """The device's row, locked until the commit: its incidents change one verdict at a time."""
    values = {"organization_id": work.organization_id, "device_id": device_id}
    return (await work.session.scalars(LOCK_CAMERA, values)).one()


async def changes_nothing(work: OrganizationWork, capture_id: UUID) -> bool:
    """Whether its verdict is normal and no incident of its camera lasted until then.

    So it is with nearly every verdict, and this is all that is read for it.
    """
    values = {"organization_id": work.organization_id, "capture_id": capture_id}
    return bool(await work.scalar(CHANGES_NOTHING, values))


def not_ended_before(moment: ColumnElement[datetime] | datetime) -> ColumnElement[bool]:
    return or_(Incident.state != IncidentState.RESOLVED, Incident.resolved_at >= moment)


async def read_history(
    work: OrganizationWork, device_id: UUID, capture_id: UUID, rule: Rule
) -> History | None:
    """What the verdict of this capture may change; None where it changes nothing."""
    reader = _Reader(work, device_id, rule)
    taken_at, abnormal = await reader.place_of(capture_id)
    incidents = await reader.incidents_from(taken_at)
    held = await reader.memberships_of(capture_id)
    if abnormal is None or not (abnormal or incidents):
        return None
    start, carried = await reader.start_before(taken_at, incidents, changed=bool(held))
    rows = await reader.verdicts_from(start, incidents)
    verdicts = {
        row.id: Verdict(row.taken_at, row.id, bool(rule.is_abnormal(State(row.state))))
        for row in rows
    }
    found = {(row.incident_id, row.id) for row in rows if row.incident_id is not None}
    return History(
        verdicts=list(verdicts.values()),
        carried=carried,
        incidents=incidents,
        memberships=frozenset(found | held),
    )


class _Reader:
    """The queries about one camera."""

    def __init__(self, work: OrganizationWork, device_id: UUID, rule: Rule) -> None:
        self._work = work
        self._rule = rule
        counted = [state for state in State if rule.is_abnormal(state) is not None]
        self._its_verdicts = and_(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.state.is_not(None),
            Capture.state.in_(counted),
            picture_was_usable,
            Capture.deleted_at.is_(None),
        )
        self._its_incidents = and_(
            Incident.organization_id == work.organization_id,
            Incident.device_id == device_id,
            Incident.kind == IncidentKind.ABNORMAL,
        )

    async def place_of(self, capture_id: UUID) -> tuple[datetime, bool | None]:
        row = (
            await self._work.execute(
                select(
                    picture_taken_at.label("taken_at"),
                    Capture.state,
                    (Capture.deleted_at.is_(None) & picture_was_usable).label("counts"),
                ).where(
                    Capture.organization_id == self._work.organization_id, Capture.id == capture_id
                )
            )
        ).one()
        state = State(row.state) if row.state is not None and row.counts else None
        return row.taken_at, self._rule.is_abnormal(state)

    async def incidents_from(self, moment: datetime) -> Sequence[Incident]:
        """Those that had not ended before this moment, in order."""
        return (
            await self._work.session.scalars(
                select(Incident)
                .where(self._its_incidents, not_ended_before(moment))
                .order_by(Incident.opened_at, Incident.id)
            )
        ).all()

    async def memberships_of(self, capture_id: UUID) -> set[Membership]:
        rows = await self._work.execute(
            select(IncidentCapture.incident_id)
            .join(Incident, Incident.id == IncidentCapture.incident_id)
            .where(self._its_incidents, IncidentCapture.capture_id == capture_id)
        )
        return {(row.incident_id, capture_id) for row in rows}

    async def start_before(
        self, moment: datetime, incidents: Sequence[Incident], *, changed: bool
    ) -> tuple[datetime, UUID | None]:
        """Where the fold must start to be right at this moment, and which incident is open there.

        Outside an incident the last `of` verdicts tell whether one opens. Inside, the last
        `close_after` tell whether it is about to end; it was open then, whatever comes now. All of
        it is folded anew where the verdict of one of its own captures was changed, or where it
        ended and may turn out to be one with the next.
        """
        ended = await self._last_end_before(moment)
        around = [
            incident
            for incident in incidents
            if incident.opened_at <= moment and incident.captures_count
        ]
        if not around:
            times = await self._times_before(moment, ended, self._rule.of - 1)
            return (times[-1] if times else moment), None
        incident = around[-1]
        may_join = incident.state == IncidentState.RESOLVED and incident is not incidents[-1]
        if changed or may_join:
            return await self._first_time(incident), None
        times = await self._times_before(moment, ended, self._rule.close_after)
        return max(times[-1] if times else moment, incident.opened_at), incident.id

    async def verdicts_from(
        self, start: datetime, incidents: Sequence[Incident]
    ) -> Sequence[Row[Any]]:
        """Every verdict from there on, with the incident that its capture belongs to so far."""
        near = and_(
            IncidentCapture.capture_id == Capture.id,
            IncidentCapture.incident_id.in_([incident.id for incident in incidents]),
        )
        return (
            await self._work.execute(
                select(
                    Capture.id,
                    picture_taken_at.label("taken_at"),
                    Capture.state,
                    IncidentCapture.incident_id,
                )
                .join(IncidentCapture, near, isouter=True)
                .where(self._its_verdicts, picture_taken_at >= start)
            )
        ).all()

    async def _last_end_before(self, moment: datetime) -> datetime | None:
        ended: datetime | None = await self._work.scalar(
            select(func.max(Incident.resolved_at)).where(
                self._its_incidents,
                Incident.state == IncidentState.RESOLVED,
                Incident.resolved_at < moment,
                Incident.captures_count > 0,
            )
        )
        return ended

    async def _times_before(
        self, moment: datetime, after: datetime | None, count: int
    ) -> list[datetime]:
        """The times of the last few verdicts before a moment, newest first."""
        statement = select(picture_taken_at).where(self._its_verdicts, picture_taken_at < moment)
        if after is not None:
            statement = statement.where(picture_taken_at > after)
        newest_first = statement.order_by(picture_taken_at.desc(), Capture.id.desc()).limit(count)
        return list((await self._work.session.scalars(newest_first)).all())

    async def _first_time(self, incident: Incident) -> datetime:
        """When the first capture of an incident was taken."""
        first: datetime | None = await self._work.scalar(
            select(picture_taken_at).where(
                Capture.organization_id == self._work.organization_id,
                Capture.id == incident.first_capture_id,
            )
        )
        return first or incident.opened_at


LOCK_CAMERA = (
    select(Device)
    .where(
        Device.organization_id == bindparam("organization_id"), Device.id == bindparam("device_id")
    )
    .with_for_update(key_share=True)
)

UNENDED = (
    select(Incident.id)
    .where(
        Incident.organization_id == Capture.organization_id,
        Incident.device_id == Capture.device_id,
        Incident.kind == IncidentKind.ABNORMAL,
        not_ended_before(picture_taken_at),
    )
    .exists()
)
CHANGES_NOTHING = select((Capture.state == State.NORMAL) & ~UNENDED).where(
    Capture.organization_id == bindparam("organization_id"),
    Capture.id == bindparam("capture_id"),
)
