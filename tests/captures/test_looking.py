"""Looking at one capture: its document, waiting for its verdict, its pictures."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from cloud.accounts.models import AuditEntry
from cloud.captures.documents import capture_document
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.captures.queries import get_capture, parse_record_id
from cloud.captures.waiting import WAITERS_OF_NETWORK
from cloud.events.append import EventKind, append
from tests.captures.pictures import ORIENTATION, SCRIPT, decode, draw, encode, make_exif
from tests.captures.uploading import Site
from tests.factories import make_device

NOTHING_AT_ALL = "nothing-at-all"


def path(capture: dict[str, Any], rest: str = "") -> str:
    return f"/v1/captures/{capture['record_id']}{rest}"


async def judge(site: Site, capture: dict[str, Any], state: State = State.NORMAL) -> None:
    """What the evaluator writes when it is done."""
    async with site.database.work_for(site.owner.organization_id) as work:
        await work.execute(
            update(Capture)
            .where(Capture.id == parse_record_id(capture["record_id"]))
            .values(state=state, evaluation_status=EvaluationStatus.COMPLETED, score=0.9)
        )
        judged = await get_capture(work, parse_record_id(capture["record_id"]))
        document = capture_document(judged)
        await append(work, EventKind.CAPTURE_EVALUATED, document, device_id=judged.unit_id)


async def test_a_camera_sees_its_own_captures_and_no_others(site: Site) -> None:
    capture = await site.take()
    other = await make_device(site.database, site.owner.organization_id)
    assert (await site.uplink.get(path(capture))).json() == capture
    refused = await site.uplink.get(path(capture), headers=other.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "capture_not_found")


async def test_whoever_waits_hears_the_verdict_as_soon_as_it_is_there(site: Site) -> None:
    capture = await site.take()
    started = time.monotonic()
    waiting = asyncio.create_task(site.client.get(path(capture, "/status?wait=25")))
    await judge(site, capture)
    answer = await waiting
    assert answer.json()["state"] == "normal"
    assert time.monotonic() - started < 10


async def test_whoever_waits_in_vain_gets_the_capture_as_it_is(site: Site) -> None:
    capture = await site.take()
    answer = await site.client.get(path(capture, "/status?wait=0.1"))
    assert answer.status_code == 200
    assert answer.json()["evaluation_status"] == "pending"


async def test_a_judged_capture_is_answered_at_once(site: Site) -> None:
    capture = await site.take()
    await judge(site, capture)
    started = time.monotonic()
    assert (await site.client.get(path(capture, "/status?wait=30"))).json()["state"] == "normal"
    assert time.monotonic() - started < 10


async def test_only_so_many_wait_from_one_network_and_nobody_else_is_refused(site: Site) -> None:
    capture = await site.take()
    many = [
        asyncio.create_task(site.client.get(path(capture, "/status?wait=25")))
        for _ in range(WAITERS_OF_NETWORK + 1)
    ]
    (first,), waiting = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
    refused = first.result()
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_waiting")
    assert int(refused.headers["retry-after"]) > 0
    assert (await site.client.get(path(capture, "/status"))).status_code == 200
    await judge(site, capture)
    answers = await asyncio.gather(*waiting)
    assert {answer.json()["state"] for answer in answers} == {"normal"}


@pytest.mark.parametrize("wait", ["-1", "31", "long", "nan", "inf"])
async def test_nobody_waits_for_longer_than_is_allowed(site: Site, wait: str) -> None:
    capture = await site.take()
    answer = await site.client.get(path(capture, f"/status?wait={wait}"))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["wait"]


@pytest.mark.parametrize(("size", "fits"), [((1200, 600), (400, 200)), ((300, 900), (100, 300))])
async def test_a_thumbnail_fits_in_its_frame(
    site: Site, size: tuple[int, int], fits: tuple[int, int]
) -> None:
    capture = await site.take(encode(draw(*size)))
    answer = await site.client.get(capture["thumbnail_url"])
    assert answer.status_code == 200
    assert decode(answer.content).size == fits
    assert len(answer.content) < 15_000


@pytest.mark.parametrize("rest", ["/thumbnail", "/image"])
async def test_a_picture_is_kept_privately_and_for_good(site: Site, rest: str) -> None:
    answer = await site.client.get(path(await site.take(), rest))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert not answer.headers["etag"].startswith("W/")


@pytest.mark.parametrize("rest", ["/thumbnail", "/image"])
async def test_a_picture_that_the_reader_has_is_not_sent_again(site: Site, rest: str) -> None:
    where = path(await site.take(), rest)
    etag = (await site.client.get(where)).headers["etag"]
    for given in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = await site.client.get(where, headers={"If-None-Match": given})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"].startswith("private")
    again = await site.client.get(where, headers={"If-None-Match": '"other"'})
    assert again.status_code == 200


async def test_the_picture_and_its_thumbnail_have_tags_of_their_own(site: Site) -> None:
    capture = await site.take()
    tags = {
        (await site.client.get(path(capture, rest))).headers["etag"]
        for rest in ("/thumbnail", "/image")
    }
    assert len(tags) == 2


async def test_a_picture_is_shown_upright_and_without_what_the_camera_wrote_beside(
    site: Site,
) -> None:
    upload = encode(draw(160, 120), exif=make_exif(6), comment=SCRIPT) + b"trailing bytes"
    capture = await site.take(upload)
    for rest, size in (("/image", (120, 160)), ("/thumbnail", (120, 160))):
        content = (await site.client.get(path(capture, rest))).content
        assert decode(content).size == size
        assert ORIENTATION not in decode(content).getexif()
        assert SCRIPT.encode() not in content
        assert b"Exif" not in content
        assert content.endswith(b"\xff\xd9")


async def test_a_downloaded_picture_has_a_name(site: Site) -> None:
    answer = await site.client.get(path(await site.take(), "/image?download=1"))
    named = answer.headers["content-disposition"]
    assert named == f'attachment; filename="{site.device.unit_id}_20261122_073000.jpg"'


async def test_a_picture_that_was_thinned_out_says_so(site: Site) -> None:
    capture = await site.take()
    async with site.database.work_for(site.owner.organization_id) as work:
        await work.execute(update(Capture).values(image_stored=False))
    answer = await site.client.get(path(capture, "/image"))
    assert (answer.status_code, answer.json()["code"]) == (410, "image_not_kept")
    assert (await site.client.get(path(capture))).json()["image_url"] is None


@pytest.mark.parametrize("record_id", [NOTHING_AT_ALL, str(UUID(int=7)), "..%2F..%2Fetc%2Fpasswd"])
@pytest.mark.parametrize("rest", ["", "/status", "/thumbnail", "/image"])
async def test_what_is_not_there_is_not_found(site: Site, record_id: str, rest: str) -> None:
    answer = await site.client.get(f"/v1/captures/{record_id}{rest}")
    assert answer.status_code == 404


async def test_who_views_a_full_picture_is_noted_and_who_lists_them_is_not(site: Site) -> None:
    capture = await site.take()
    await site.client.get(path(capture, "/thumbnail"))
    await site.client.get(path(capture, "/image"))
    async with site.database.work_for(site.owner.organization_id) as work:
        viewed = AuditEntry.action == "capture.viewed"
        entries = (await work.execute(select(AuditEntry).where(viewed))).scalars().all()
    assert [(entry.actor, entry.subject) for entry in entries] == [
        (site.owner.email, capture["record_id"])
    ]
