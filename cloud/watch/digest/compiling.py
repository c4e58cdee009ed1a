"""Makes a day's digest: the document that is kept, told and previewed.

Every number comes by the rules that cards and pages go by: pictures due by `cloud.watch.pace`,
gaps by the changes that the watcher wrote down, false alarms by `cloud.watch.error_rates`, cost by
the ledger of model calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from cloud.devices.config import read_config
from cloud.devices.presence import live_snooze
from cloud.evaluation.ledger import Spent, add_up_calls
from cloud.kit.clock import rfc3339
from cloud.kit.database import OrganizationWork
from cloud.kit.settings import Settings
from cloud.watch.digest.counting import Counts, count_captures
from cloud.watch.digest.days import Span
from cloud.watch.digest.gaps import Gap, find_gaps, read_changes
from cloud.watch.digest.incidents import count_held, list_incidents_of
from cloud.watch.documents import count_due, facts_of
from cloud.watch.error_rates import ErrorRates, Rate, measure_errors
from cloud.watch.queries import Sighting, list_all_sightings


@dataclass(frozen=True)
class CameraDay:
    """What one camera did on a day."""

    sighting: Sighting
    expected: int
    counts: Counts
    gaps: Sequence[Gap]
    incidents: Sequence[Row[Any]]
    rates: ErrorRates
    spent: Spent


async def compile_digest(
    work: OrganizationWork, span: Span, zone: ZoneInfo, settings: Settings
) -> dict[str, Any] | None:
    """The document of a day, ready to be written as JSON; None where no camera was there."""
    sightings = [
        each
        for each in await list_all_sightings(work, now=span.end)
        if each.row.activated_at < span.end
    ]
    if not sightings:
        return None
    spent = await add_up_calls(work, span.begin, span.end)
    cameras = await _read_days(work, sightings, span, settings, spent)
    cameras.sort(key=lambda camera: camera.sighting.row.friendly_name.casefold())
    held = await count_held(work, span)
    return _document(cameras, span, zone, spent.values()) | {"held_back": held}


async def _read_days(
    work: OrganizationWork,
    sightings: Sequence[Sighting],
    span: Span,
    settings: Settings,
    spent: Mapping[Any, Spent],
) -> list[CameraDay]:
    ids = [each.row.id for each in sightings]
    counts = await count_captures(work, ids, span)
    changes = await read_changes(work, ids, span)
    incidents = await list_incidents_of(work, ids, span)
    return [
        CameraDay(
            sighting,
            expected=_count_expected(sighting, span, settings),
            counts=counts[row.id],
            gaps=find_gaps(changes[row.id], span, since=row.activated_at),
            incidents=incidents[row.id],
            rates=await measure_errors(work, row.id, now=span.end),
            spent=spent.get(row.id, Spent()),
        )
        for sighting in sightings
        for row in (sighting.row,)
    ]


def _count_expected(sighting: Sighting, span: Span, settings: Settings) -> int:
    row = sighting.row
    facts = facts_of(row, read_config(row.config, settings), span.end)
    return count_due(facts, span.begin, span.end)


def _document(
    cameras: Sequence[CameraDay], span: Span, zone: ZoneInfo, spent: Iterable[Spent]
) -> dict[str, Any]:
    counts = sum((camera.counts for camera in cameras), start=Counts())
    false_alarms = [camera.rates.false_alarms for camera in cameras]
    return {
        "day": span.day.isoformat(),
        "from": rfc3339(span.begin),
        "to": rfc3339(span.end),
        "time_zone": zone.key,
        "expected": sum(camera.expected for camera in cameras),
        **_count_document(counts),
        "incidents": sum(len(camera.incidents) for camera in cameras),
        "false_alarms": _rate_document(
            sum(rate.count for rate in false_alarms), sum(rate.n for rate in false_alarms)
        ),
        **_cost_document(sum(spent, start=Spent())),
        "cameras": [_camera_document(camera, span) for camera in cameras],
    }


def _camera_document(camera: CameraDay, span: Span) -> dict[str, Any]:
    row, rate = camera.sighting.row, camera.rates.false_alarms
    watched = sum((gap.lasted(span) for gap in camera.gaps), start=timedelta())
    return {
        "device_id": row.unit_id,
        "friendly_name": row.friendly_name,
        "expected": camera.expected,
        **_count_document(camera.counts),
        "snoozed_until": _moment(live_snooze(row.snoozed_until, span.end)),
        "not_watched_seconds": round(watched.total_seconds()),
        "gaps": [_gap_document(gap) for gap in camera.gaps],
        "incidents": [_incident_document(incident) for incident in camera.incidents],
        "false_alarms": _rate_document(rate.count, rate.n),
        **_cost_document(camera.spent),
    }


def _count_document(counts: Counts) -> dict[str, int]:
    return {**vars(counts), "waiting": counts.waiting}


def _gap_document(gap: Gap) -> dict[str, Any]:
    return {
        "from": rfc3339(gap.begin),
        "to": _moment(gap.end),
        "code": str(gap.code),
        "why": gap.why,
    }


def _incident_document(incident: Row[Any]) -> dict[str, Any]:
    return {
        "id": str(incident.id),
        "kind": incident.kind,
        "state": incident.state,
        "opened_at": rfc3339(incident.opened_at),
        "resolved_at": _moment(incident.resolved_at),
        "resolved_as": incident.resolved_as,
        "reason": incident.reason,
    }


def _rate_document(count: int, n: int) -> dict[str, Any]:
    return {"count": count, "of": n, "share": Rate.of(count, n).share}


def _cost_document(spent: Spent) -> dict[str, Any]:
    return {
        "ai_calls": spent.calls,
        "cost_usd": float(spent.cost_usd),
        "unpriced_calls": spent.unpriced,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
