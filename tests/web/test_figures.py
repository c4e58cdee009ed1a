"""A camera's figures: what the drawings show stands in words and in a table too."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cloud.captures.usage import count_usage
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.watch.digest.gaps import Gap
from cloud.watch.models import WatchingChange
from cloud.watch.truth import Watching, WatchReason
from cloud.watch.watched_days import WatchedDay
from cloud.web.figures import say_gaps
from tests.factories import make_device
from tests.web.conftest import Owner


async def test_a_cameras_own_days_are_told_and_no_other_cameras(
    owner: Owner, database: Database
) -> None:
    camera, other = [await make_device(database, owner.someone.organization_id) for _ in range(2)]
    async with database.work_for(camera.organization_id) as work:
        await count_usage(work, camera.device_id, captures=7, ai_calls=2, cost_usd=Decimal("0.5"))
        await count_usage(work, other.device_id, captures=90, cost_usd=Decimal(40))
        work.add(
            WatchingChange(
                organization_id=camera.organization_id,
                device_id=camera.device_id,
                state=Watching.WATCHING,
                code=WatchReason.JUDGED,
                reason="",
                since=utc_now() - timedelta(hours=1),
            )
        )
    page = (await owner.browser.get(f"/ui/cameras/{camera.unit_id}/figures")).text
    rows = re.findall(r"<tr>\s*(<th scope=\"row\">.*?)</tr>", page, re.DOTALL)
    assert len(rows) == 14
    cells = re.findall(r"<td>(.*?)</td>", rows[0])
    assert cells[:3] == ["100\N{NO-BREAK SPACE}%", "7", "$0.50"]
    assert "not here yet" in rows[13]
    of_camera = (await owner.browser.get(f"/ui/cameras/{camera.unit_id}")).text
    assert "$0.50 at known prices in the last 30 days, for 2 calls of models" in of_camera
    for drawing in re.findall(r"<svg viewBox[^>]*>", page):
        assert 'role="img"' in drawing
        assert "the same figures are in the table below" in drawing
    assert "$40" not in page
    today = utc_now()
    assert rows[0].startswith(f'<th scope="row">{today.day} {today:%b}</th>')
    assert f">{today:%Y}-" not in page
    assert "of the time in these days; hours of ordered rest count as watched" in page


def test_the_first_gaps_of_a_day_are_told_by_its_own_clock() -> None:
    begin = datetime(2026, 11, 22, tzinfo=UTC)
    gaps = [
        Gap(begin + timedelta(hours=hour), begin + timedelta(hours=hour + 1), "silent", "silence")
        for hour in (5, 7, 9, 11)
    ]
    berlin = ZoneInfo("Europe/Berlin")
    told = say_gaps(WatchedDay(begin.date(), 0.8, gaps), berlin)
    assert told.startswith("06:00 to 07:00: silence; 08:00 to 09:00: silence; ")
    assert told.endswith("; and 1 more")
    lasting = replace(gaps[0], end=None)
    told = say_gaps(WatchedDay(begin.date(), 0.2, [lasting]), berlin)
    assert told == "06:00 to the end: silence"
    assert say_gaps(WatchedDay(begin.date(), 1, []), berlin) == ""


async def test_the_cameras_page_leads_to_its_figures(owner: Owner, database: Database) -> None:
    camera = await make_device(database, owner.someone.organization_id)
    page = (await owner.browser.get(f"/ui/cameras/{camera.unit_id}")).text
    assert f'href="/ui/cameras/{camera.unit_id}/figures"' in page
