"""The strip of a day: what it shows of each hour, which day it is of, and where its hours lead."""

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
from cloud.web.day_strip import draw_hours, read_day_strip
from tests.factories import make_capture, make_device, make_organization
from tests.web.conftest import Owner

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 21, 23, tzinfo=UTC)
"""Midnight in Berlin."""


def test_an_hour_shows_the_share_of_each_look_by_parts_of_five_minutes() -> None:
    parts = [
        DayPart(0, {"normal": 3}),
        DayPart(1, {"normal": 59, "abnormal": 1}),
        DayPart(11, {"normal": 1, "uncertain": 1, "abnormal": 2}),
        DayPart(12, {"pending": 1}),
    ]
    first, second, *rest = draw_hours(parts, START, START + timedelta(hours=24), BERLIN)
    assert {mark.look.name: mark.path for mark in first.marks} == {
        "abnormal": "M1 0h1v4h-1zM11 0h1v10h-1z",
        "uncertain": "M11 10h1v5h-1z",
        "normal": "M0 20h1v20h-1zM1 20.3h1v19.7h-1zM11 35h1v5h-1z",
    }
    assert first.words == "00:00 to 01:00: 67 captures, 3 abnormal, 1 uncertain"
    assert second.words == "01:00 to 02:00: 1 capture, 1 being judged"
    assert [hour.states for hour in rest] == [{}] * 22


def test_an_hour_in_which_all_was_normal_says_so() -> None:
    (hour,) = draw_hours([DayPart(3, {"normal": 2})], START, START + timedelta(hours=1), BERLIN)
    assert hour.words == "00:00 to 01:00: 2 captures, normal"


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
    assert [sum(hour.states.values()) for hour in strip.hours] == [1, *[0] * 23, 1]
    assert [f"{hour.from_:%H}" for hour in strip.hours[1:4]] == ["01", "02", "02"]
    assert strip.words == "2 captures, normal"
    assert strip.after == clocks_went_back + timedelta(days=1)


async def test_an_hour_leads_to_its_captures_and_to_no_others(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    noon = datetime.combine(utc_now().date() - timedelta(days=2), datetime.min.time(), UTC)
    noon += timedelta(hours=12)
    for minutes, state, reason in (
        (-1, State.NORMAL, "All is well."),
        (16, State.ABNORMAL, "A bottle is missing."),
        (60, State.NORMAL, "All is well again."),
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
    label = "12:00 to 13:00: 1 capture, 1 abnormal"
    link = re.search(rf'href="([^"]+)"\s+aria-label="{label}"', page)
    assert link, page
    led = (await owner.browser.get(html.unescape(link[1]))).text
    gallery = led[led.index('id="captures"') :]
    assert "A bottle is missing." in gallery
    assert "All is well" not in gallery
    assert f'value="{noon:%Y-%m-%dT}12:00"' in led
    assert re.search(rf'aria-label="{label}" title="{label}" aria-current="true"', led)


async def test_days_out_of_reach_are_shown_as_the_nearest(owner: Owner, database: Database) -> None:
    device = await make_device(database, owner.someone.organization_id)
    for day in ("0001-01-01", "9999-12-31"):
        answer = await owner.browser.get(f"/ui/cameras/{device.unit_id}", params={"day": day})
        assert answer.status_code == 200
        assert "No capture<" in answer.text


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
