"""A camera's figures, day by day: how much it was watched, what it cost, how often it was wrong."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from cloud.devices.queries import get_organization
from cloud.evaluation.budget.usage import Days, read_device_usage
from cloud.watch.digest.gaps import Gap
from cloud.watch.error_rates import measure_errors
from cloud.watch.watched_days import WatchedDay, calendar_days, read_watched_days
from cloud.web.framing import TheSheet
from cloud.web.gates import ViewerOnPage
from cloud.web.organization.bars import FULL, Bar, bars_by_day
from cloud.web.sights import read_camera

SHOWN_DAYS = 14
MOST_GAPS = 3
"""How many of a day are told; a camera that comes and goes has dozens."""

router = APIRouter(prefix="/ui/cameras/{device_id}/figures")


@router.get("")
async def figures(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    """The last two weeks, by the organization's calendar, as its usage has them."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        zone = (await get_organization(work)).time_zone
        spans = calendar_days(sheet.now, ZoneInfo(zone), SHOWN_DAYS)
        since = camera.device["activated_at"]
        watched = await read_watched_days(work, camera.row_id, since, spans)
        days = Days(spans[0].day, spans[-1].day)
        used = await read_device_usage(work, camera.row_id, days)
        rates = await measure_errors(work, camera.row_id, now=sheet.now)
    return sheet.draw(
        "cameras/figures.html",
        frame,
        camera=camera,
        watched=watched,
        gaps=[say_gaps(each, ZoneInfo(zone)) for each in watched],
        watched_bars=bars_of_watched(watched),
        used=used,
        cost_bars=bars_by_day(used, days, "cost_usd"),
        capture_bars=bars_by_day(used, days, "captures"),
        rates=rates,
        time_zone=zone,
    )


def say_gaps(watched: WatchedDay, zone: ZoneInfo) -> str:
    """When it was not watched and why: `06:17 to 12:00: no pictures came; and 2 more`."""
    said = [_say_gap(gap, zone) for gap in watched.gaps[:MOST_GAPS]]
    left = len(watched.gaps) - len(said)
    return "; ".join([*said, f"and {left} more"] if left else said)


def _say_gap(gap: Gap, zone: ZoneInfo) -> str:
    end = f"{gap.end.astimezone(zone):%H:%M}" if gap.end else "the end"
    return f"{gap.begin.astimezone(zone):%H:%M} to {end}: {gap.why}"


def bars_of_watched(days: Sequence[WatchedDay]) -> list[Bar]:
    """As high as the day was watched: all of it is the full height, whatever the others are."""
    return [Bar(each.day, each.share or 0, round(FULL * (each.share or 0), 2)) for each in days]
