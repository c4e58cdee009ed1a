"""What was used and what it cost: by device, day and month, and for each true incident.

Days and months are those of the organization's time zone. What calls cost whose price is not known
is not made up: they are counted apart. A true incident is an abnormal one that nobody has called a
false alarm; it counts where it was opened.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, select

from cloud.alerts.models import Incident, IncidentKind, ResolvedAs
from cloud.captures.models import UsageDay
from cloud.devices.models import Device
from cloud.evaluation.budget.spending import ZERO, read_time_zone
from cloud.evaluation.models import ModelCall
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed

LONGEST = timedelta(days=366)
LATELY = timedelta(days=30)

USED = (
    UsageDay.captures,
    UsageDay.evaluations,
    UsageDay.ai_calls,
    UsageDay.reused,
    UsageDay.cost_usd,
)

Used = dict[str, Any]
"""How many of each, and US dollars."""


@dataclass(frozen=True)
class Days:
    """From the first to the last, both included."""

    first: date
    last: date

    @staticmethod
    def between(first: date, last: date) -> "Days":
        """Raises Malformed for a span that is upside down or longer than a year."""
        if not timedelta() <= last - first <= LONGEST:
            raise Malformed(
                "usage_range",
                "Ask for at most a year at once, from the earlier day to the later one.",
                errors=(FieldError("from", "must be at most a year before `to`, and not after"),),
            )
        return Days(first, last)


async def read_usage(work: OrganizationWork, days: Days) -> dict[str, Any]:
    """The usage of the contract, but for the budget."""
    zone = await read_time_zone(work)
    rows = await _list_rows(work, days)
    total = _add_up(rows)
    incidents = await _count_true_incidents(work, days, zone)
    return {
        "from": days.first.isoformat(),
        "to": days.last.isoformat(),
        "time_zone": zone,
        **total,
        **await _read_marked(work, days, zone),
        "by_device": _by_device(rows),
        "by_day": _by_span(rows, "day", date.isoformat),
        "by_month": _by_span(rows, "month", lambda day: f"{day:%Y-%m}"),
        "true_incidents": incidents,
        "cost_per_true_incident_usd": total["cost_usd"] / incidents if incidents else None,
    }


async def read_device_usage(work: OrganizationWork, device_id: UUID, days: Days) -> list[Used]:
    """What one camera used, by day. `device_id` is the id of its row."""
    rows = await _list_rows(work, days, UsageDay.device_id == device_id)
    return _by_span(rows, "day", date.isoformat)


async def add_up_lately(work: OrganizationWork, device_id: UUID, now: datetime) -> Used:
    """What one camera used in the last `LATELY`, today included, in sum."""
    today = now.astimezone(ZoneInfo(await read_time_zone(work))).date()
    rows = await _list_rows(work, Days(today - LATELY, today), UsageDay.device_id == device_id)
    return _add_up(rows)


async def _list_rows(
    work: OrganizationWork, days: Days, *only: ColumnElement[bool]
) -> list[Row[Any]]:
    rows = await work.execute(
        select(UsageDay.day, Device.unit_id, Device.friendly_name, *USED)
        .outerjoin(Device, Device.id == UsageDay.device_id)
        .where(
            UsageDay.organization_id == work.organization_id,
            UsageDay.day.between(days.first, days.last),
            *only,
        )
        .order_by(UsageDay.day)
    )
    return list(rows)


async def _read_marked(work: OrganizationWork, days: Days, zone: str) -> dict[str, Any]:
    """What of the ledger was for replays, and how many calls have no known price."""
    replayed = ModelCall.replay_id.is_not(None)
    rows = await work.execute(
        select(
            func.count().filter(replayed).label("ai_calls"),
            func.coalesce(func.sum(ModelCall.cost_usd).filter(replayed), ZERO).label("cost_usd"),
            func.count().filter(ModelCall.cost_usd.is_(None)).label("unpriced"),
        ).where(
            ModelCall.organization_id == work.organization_id, *_within(ModelCall.at, days, zone)
        )
    )
    row = rows.one()
    return {
        "replays": {"ai_calls": row.ai_calls, "cost_usd": row.cost_usd},
        "unpriced_calls": row.unpriced,
    }


async def _count_true_incidents(work: OrganizationWork, days: Days, zone: str) -> int:
    count: int | None = await work.scalar(
        select(func.count()).where(
            Incident.organization_id == work.organization_id,
            Incident.kind == IncidentKind.ABNORMAL,
            Incident.resolved_as.is_distinct_from(ResolvedAs.FALSE_ALARM),
            *_within(Incident.opened_at, days, zone),
        )
    )
    return count or 0


def _within(at: Any, days: Days, zone: str) -> tuple[ColumnElement[bool], ...]:
    begin, end = (
        datetime.combine(day, time(), ZoneInfo(zone))
        for day in (days.first, days.last + timedelta(days=1))
    )
    return at >= begin, at < end


def _add_up(rows: Iterable[Row[Any]]) -> Used:
    listed = list(rows)
    total = {each.key: sum(getattr(row, each.key) for row in listed) for each in USED}
    return total | {"cost_usd": sum((row.cost_usd for row in listed), start=Decimal(0))}


def _by_device(rows: Iterable[Row[Any]]) -> list[Used]:
    """The dearest first; a camera that is gone from here has neither id nor name."""
    found = [
        {"device_id": unit_id, "friendly_name": those[-1].friendly_name, **_add_up(those)}
        for unit_id, those in _group(rows, lambda row: row.unit_id).items()
    ]
    return sorted(found, key=lambda one: (one["cost_usd"], one["captures"]), reverse=True)


def _by_span(rows: Iterable[Row[Any]], name: str, say: Callable[[date], str]) -> list[Used]:
    grouped = _group(rows, lambda row: say(row.day))
    return [{name: span, **_add_up(those)} for span, those in grouped.items()]


def _group(
    rows: Iterable[Row[Any]], key_of: Callable[[Row[Any]], str | None]
) -> dict[str | None, list[Row[Any]]]:
    grouped: dict[str | None, list[Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(key_of(row), []).append(row)
    return grouped
