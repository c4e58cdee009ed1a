"""What is said of pictures that will never come: how many, why, and when their camera told so."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from cloud.captures.gaps import Missing, count_missing
from cloud.devices.gaps import Gap, hear_gaps
from cloud.devices.models import CaptureGap
from cloud.devices.spelling import new_unit_id
from cloud.kit.clock import utc_now
from device.wire import LossReason
from tests.captures.uploading import Site
from tests.factories import make_capture, make_user, signed_in

NO_ROOM, DAMAGED = LossReason.NO_ROOM, LossReason.DAMAGED


async def hear(site: Site, *gaps: Gap) -> None:
    async with site.database.work_for(site.device.organization_id) as work:
        await hear_gaps(work, site.device.device_id, gaps)


async def ask(site: Site, **query: Any) -> dict[str, Any]:
    answer = await site.client.get(f"/v1/devices/{site.device.unit_id}/gaps", params=query)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_gap_says_what_is_missing_and_why(site: Site) -> None:
    assert await ask(site) == {"gaps": [], "next_cursor": None}
    before = utc_now()
    await hear(site, Gap("s", NO_ROOM, 4, 6))
    (gap,) = (await ask(site))["gaps"]
    assert before.isoformat() <= gap.pop("heard_at").replace("Z", "+00:00")
    said = {"spool_id": "s", "first": 4, "last": 6, "count": 3, "why": "no_room"}
    assert gap == said


async def test_pages_hold_every_gap_once_the_last_heard_first(site: Site) -> None:
    for number in range(0, 10, 2):
        await hear(site, Gap("s", NO_ROOM, number, number))
    found, cursor = [], None
    for _ in range(3):
        page = await ask(site, limit=2, **({"cursor": cursor} if cursor else {}))
        found += [gap["first"] for gap in page["gaps"]]
        cursor = page["next_cursor"]
    assert (found, cursor) == ([8, 6, 4, 2, 0], None)


async def test_a_picture_that_came_although_its_camera_gave_it_up_is_not_missing(
    site: Site,
) -> None:
    await make_capture(site.database, site.device, spool_id="s", sequence=5)
    await make_capture(site.database, site.device, spool_id="other", sequence=6)
    await hear(site, Gap("s", NO_ROOM, 4, 6), Gap("s", DAMAGED, 5, 5))
    assert [(gap["first"], gap["count"]) for gap in (await ask(site))["gaps"]] == [(4, 2)]


async def test_what_is_missing_lately_is_added_up_by_reason(site: Site) -> None:
    long_ago = utc_now() - timedelta(days=31)
    await hear(site, Gap("old", DAMAGED, 1, 9))
    async with site.database.work_for(site.device.organization_id) as work:
        mine = CaptureGap.device_id == site.device.device_id
        await work.execute(update(CaptureGap).where(mine).values(heard_at=long_ago))
    await hear(site, Gap("s", NO_ROOM, 4, 6))
    await hear(site, Gap("t", NO_ROOM, 8, 8), Gap("t", DAMAGED, 9, 9))
    async with site.database.work_for(site.device.organization_id) as work:
        since = utc_now() - timedelta(days=30)
        found = await count_missing(work, site.device.device_id, since=since)
    assert {(one.why, one.count) for one in found} == {(NO_ROOM, 4), (DAMAGED, 1)}
    assert all(isinstance(one, Missing) and one.told_at > since for one in found)


async def test_nobody_elses_camera_has_gaps_to_read(site: Site, base_url: str) -> None:
    await hear(site, Gap("s", NO_ROOM, 4, 6))
    stranger = await make_user(site.database)
    async with signed_in(base_url, stranger) as client:
        for unit_id in (site.device.unit_id, new_unit_id()):
            answer = await client.get(f"/v1/devices/{unit_id}/gaps")
            assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")
