"""A camera's captures in the order of their taking, as the rule of thinning takes them.

A week of a camera may be 86,000 captures: they are read in pages, and with each page the incidents
during which nothing goes. To look for those at each capture would take too long.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, func, or_, select, tuple_

from cloud.alerts.models import Incident, IncidentCapture, IncidentKind, IncidentState
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.captures.thinning import Kept
from cloud.evaluation.models import BaselineReference, SampledVerdict
from cloud.kit.clock import CALENDAR_ENDS
from cloud.kit.database import OrganizationWork

PAGE: Final = 2000
"""Captures that one statement reads."""


@dataclass(frozen=True)
class Incidents:
    """When a camera had incidents, in the order of their beginnings."""

    begins: Sequence[datetime]
    lasted: Sequence[datetime]
    """Until when those up to this one lasted at most."""

    @staticmethod
    def of(times: Iterable[tuple[datetime, datetime | None]]) -> "Incidents":
        """From when on each was open and, unless it still is, until when."""
        spans = sorted((begin, end or CALENDAR_ENDS) for begin, end in times)
        lasted = accumulate((end for _, end in spans), max)
        return Incidents([begin for begin, _ in spans], list(lasted))

    def cover(self, moment: datetime) -> bool:
        """Whether one was open then."""
        begun = bisect_right(self.begins, moment)
        return begun > 0 and moment <= self.lasted[begun - 1]


async def read_row(
    work: OrganizationWork, device_id: UUID, *within: ColumnElement[bool], most: int
) -> list[Kept]:
    """The newest of a camera's captures within these bounds, oldest first."""
    newest_first = rest = _select_newest(work, device_id).where(*within)
    row: list[Kept] = []
    while asked := min(PAGE, most - len(row)):
        page = (await work.execute(rest.limit(asked))).all()
        row += await _weigh(work, device_id, page)
        if len(page) < asked:
            break
        place = tuple_(Capture.captured_at, Capture.id)
        rest = newest_first.where(place < (page[-1].captured_at, page[-1].id))
    return row[::-1]


async def _weigh(work: OrganizationWork, device_id: UUID, page: Sequence[Any]) -> list[Kept]:
    """Captures of one page, newest first, and which of them somebody may still want."""
    if not page:
        return []
    incidents = await _find_incidents(work, device_id, page[-1].captured_at)
    return [
        Kept(
            row.id,
            State(row.state) if row.state else None,
            row.image_stored,
            row.is_needed or incidents.cover(row.captured_at),
        )
        for row in page
    ]


def _select_newest(work: OrganizationWork, device_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Capture.id,
            Capture.captured_at,
            Capture.state,
            Capture.image_stored,
            _is_needed(work).label("is_needed"),
        )
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
    )


def _is_needed(work: OrganizationWork) -> ColumnElement[bool]:
    of_incident = select(IncidentCapture.capture_id).where(
        IncidentCapture.organization_id == work.organization_id,
        IncidentCapture.capture_id == Capture.id,
    )
    remembered = select(BaselineReference.capture_id).where(
        BaselineReference.organization_id == work.organization_id,
        BaselineReference.device_id == Capture.device_id,
        BaselineReference.capture_id == Capture.id,
    )
    sampled = select(SampledVerdict.capture_id).where(
        SampledVerdict.organization_id == work.organization_id,
        SampledVerdict.capture_id == Capture.id,
    )
    return func.coalesce(
        or_(
            Capture.disposition.is_not(None),
            Capture.evaluation_status != EvaluationStatus.COMPLETED,
            of_incident.exists(),
            remembered.exists(),
            sampled.exists(),
        ),
        True,
        type_=Boolean,
    )


async def _find_incidents(work: OrganizationWork, device_id: UUID, since: datetime) -> Incidents:
    """Those that lasted beyond this moment."""
    rows = await work.execute(
        select(Incident.opened_at, Incident.resolved_at).where(
            Incident.organization_id == work.organization_id,
            Incident.device_id == device_id,
            Incident.kind == IncidentKind.ABNORMAL,
            or_(Incident.state != IncidentState.RESOLVED, Incident.resolved_at >= since),
        )
    )
    return Incidents.of((row.opened_at, row.resolved_at) for row in rows)
