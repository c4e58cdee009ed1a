"""The strip of a day: what it joins, which day it shows, and where its stretches lead."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from cloud.accounts.models import User
from cloud.captures.days import DayPart
from cloud.captures.models import State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.web.day_strip import join_parts, read_day_strip
from tests.factories import make_capture, make_device, make_organization
from tests.web.conftest import Owner

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 21, 23, tzinfo=UTC)
"""Midnight in Berlin."""


def test_neighbours_that_look_the_same_are_one_stretch_and_the_worst_counts() -> None:
    parts = [
        DayPart(0, {"normal": 3}),
        DayPart(1, {"normal": 2}),
        DayPart(2, {"normal": 5, "abnormal": 1, "uncertain": 2}),
        DayPart(9, {"pending": 1}),
    ]
    told = [
        (one.x, one.width, one.look.name, one.captures, one.clock)
        for one in join_parts(parts, START, BERLIN)
    ]
    assert told == [
        (0, 2, "normal", 5, "00:00 to 00:30"),
        (2, 1, "abnormal", 8, "00:30 to 00:45"),
        (9, 1, "pending", 1, "02:15 to 02:30"),
    ]


async def test_a_day_is_one_of_the_readers_zone_however_long(database: Database) -> None:
    device = await make_device(database, await make_organization(database))
    clocks_went_back = date(2026, 10, 25)
    for at in (
        datetime(2026, 10, 24, 21, 59, tzinfo=UTC),  # a minute before its midnight
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 23, 0, tzinfo=UTC),  # the next day's first moment
    ):
        await make_capture(database, device, state=State.NORMAL, captured_at=at)
    async with database.work_for(device.organization_id) as work:
        strip = await read_day_strip(work, device.device_id, clocks_went_back, BERLIN, utc_now())
    assert strip.width == 25 * 4
    assert [(one.x, one.captures) for one in strip.stretches] == [(0, 1), (99, 1)]
    assert strip.after == clocks_went_back + timedelta(days=1)


async def test_a_stretch_leads_to_its_captures_and_to_no_others(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    noon = datetime.combine(utc_now().date() - timedelta(days=2), datetime.min.time(), UTC)
    noon += timedelta(hours=12)
    for minutes, state, reason in (
        (0, State.NORMAL, "All is well."),
        (16, State.ABNORMAL, "A bottle is missing."),
        (40, State.NORMAL, "All is well again."),
    ):
        await make_capture(
            database,
            device,
            state=state,
            captured_at=noon + timedelta(minutes=minutes),
            reason=reason,
        )
    address = f"/ui/cameras/{device.unit_id}"
    page = (await owner.browser.get(address, params={"day": str(noon.date())})).text
    label = "12:15 to 12:30: 1 capture, abnormal"
    link = re.search(rf'href="([^"]+)" aria-label="{label}"', page)
    assert link, page
    led = (await owner.browser.get(html.unescape(link[1]))).text
    gallery = led[led.index('id="captures"') :]
    assert "A bottle is missing." in gallery
    assert "All is well" not in gallery
    assert f'value="{noon:%Y-%m-%dT}12:15"' in led


async def test_days_out_of_reach_are_shown_as_the_nearest(owner: Owner, database: Database) -> None:
    device = await make_device(database, owner.someone.organization_id)
    for day in ("0001-01-01", "9999-12-31"):
        answer = await owner.browser.get(f"/ui/cameras/{device.unit_id}", params={"day": day})
        assert answer.status_code == 200
        assert "No capture on this day." in answer.text


@pytest.mark.parametrize(
    ("moment", "zone"),
    [("0001-01-01T00:00:00Z", "America/New_York"), ("9999-12-31T23:59:59Z", "Asia/Tokyo")],
)
async def test_a_span_beyond_all_clocks_is_refused_kindly(
    owner: Owner, database: Database, moment: str, zone: str
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    async with database.work() as work:
        await work.execute(
            update(User)
            .where(User.id == owner.someone.user_id)
            .values(preferences={"time_zone": zone})
        )
    answer = await owner.browser.get(
        f"/ui/cameras/{device.unit_id}", params={"preset": "span", "from": moment}
    )
    assert answer.status_code == 422
