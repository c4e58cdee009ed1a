"""What counts as a view, passcodes, and how a link ends, in every process."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, update

from cloud.app import make_app
from cloud.kit.addresses import network_of
from cloud.kit.clock import utc_now
from cloud.kit.ids import new_secret
from cloud.kit.settings import Settings
from cloud.sharing.guests import BY_ADDRESS, VISIT_LIFE
from cloud.sharing.models import ShareView
from cloud.sharing.schemas import LONGEST_HOURS, SHORTEST_PASSCODE
from cloud.sharing.throttling import (
    FAILED_PASSCODES_EVER,
    FAILED_PASSCODES_OF_ADDRESS,
    FAILED_PASSCODES_OF_LINK,
    OPENINGS,
)
from tests.conftest import serving
from tests.factories import loopback_client
from tests.sharing.arranging import PICTURE, Sharer, coming_by, open_gallery
from tests.test_rate_limits import HEADERS, use_up
from tests.web.driving import somewhere

PAGE = {"Accept": "text/html"}
BUSY = 503


def addresses(made: dict[str, Any], gallery: dict[str, Any]) -> list[str]:
    """Every address that a guest can reach by a link."""
    token, first = made["token"], gallery["captures"][0]
    return [
        f"/s/{token}",
        f"/s/{token}/captures/{first['id']}",
        f"/api/s/{token}",
        *(capture[kind] for capture in gallery["captures"] for kind in KINDS),
    ]


KINDS = ("thumbnail_url", "image_url")


async def test_a_visit_counts_once_whatever_is_opened_in_it(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    await sharer.capture()
    made = await sharer.share(max_views=1)
    gallery = await open_gallery(guest, made)
    for address in addresses(made, gallery) * 2:
        assert (await guest.get(address)).status_code == 200, address
    assert (await sharer.link(made))["view_count"] == 1


async def test_by_a_link_that_was_viewed_often_enough_nobody_new_sees_anything(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    await sharer.capture()
    made = await sharer.share(max_views=1)
    gallery = await open_gallery(guest, made)
    async with coming_by(base_url) as late:
        for address in addresses(made, gallery):
            refused = await late.get(address)
            assert refused.status_code == 410, address
            assert PICTURE not in refused.content
    assert (await sharer.link(made))["state"] == "used_up"


async def test_pictures_of_a_link_with_a_most_of_views_are_good_within_a_visit_only(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    """Else whoever is told an address of a picture looks uncounted."""
    await sharer.capture()
    made = await sharer.share(max_views=2)
    (shown,) = (await open_gallery(guest, made))["captures"]
    async with coming_by(base_url) as other:
        for kind in KINDS:
            refused = await other.get(shown[kind])
            assert (refused.status_code, refused.json()["code"]) == (401, "visit_needed")
            assert PICTURE not in refused.content
        await open_gallery(other, made)
        for kind in KINDS:
            assert (await other.get(shown[kind])).content == PICTURE
    assert (await sharer.link(made))["view_count"] == 2


async def test_a_program_without_cookies_gets_the_pictures_of_a_link_that_asks_for_nothing(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    await sharer.capture()
    made = await sharer.share()
    (shown,) = (await open_gallery(guest, made))["captures"]
    guest.cookies.clear()
    for kind in KINDS:
        assert (await guest.get(shown[kind])).content == PICTURE


async def test_a_visit_is_of_one_link_and_ends(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    one, other = [await sharer.share(max_views=1) for _ in range(2)]
    await open_gallery(guest, one)
    (visit,) = guest.cookies.values()
    await open_gallery(guest, other)
    assert len(guest.cookies) == 2
    async with coming_by(base_url) as forger:
        forger.headers["Cookie"] = "; ".join(f"{name}={visit}" for name in guest.cookies)
        await open_gallery(forger, one)
        assert (await forger.get(f"/api/s/{other['token']}")).status_code == 410
    async with sharer.database.work_for(sharer.someone.organization_id) as work:
        await work.execute(update(ShareView).values(viewed_at=utc_now() - VISIT_LIFE))
    assert (await guest.get(f"/api/s/{one['token']}")).status_code == 410


async def test_of_many_openings_at_once_over_two_processes_exactly_so_many_get_in(
    sharer: Sharer, base_url: str, settings: Settings, database_url: URL
) -> None:
    made = await sharer.share(max_views=10)
    async with serving(make_app(settings, database_url)) as other_url:

        async def come(number: int) -> int:
            async with coming_by((base_url, other_url)[number % 2]) as guest:
                path = f"/api/s/{made['token']}" if number % 3 else f"/s/{made['token']}"
                while (status := (await guest.get(path)).status_code) == BUSY:
                    continue
                return status

        statuses = await asyncio.gather(*(come(number) for number in range(100)))
    assert sorted(statuses) == [200] * 10 + [410] * 90
    assert (await sharer.link(made))["view_count"] == 10


async def test_a_revoked_link_is_dead_in_every_process_for_every_kind_of_request(
    sharer: Sharer, guest: httpx2.AsyncClient, settings: Settings, database_url: URL
) -> None:
    await sharer.capture()
    made = await sharer.share()
    reached = addresses(made, await open_gallery(guest, made))
    async with (
        serving(make_app(settings, database_url)) as other_url,
        loopback_client(base_url=other_url, cookies=guest.cookies) as elsewhere,
    ):
        picture = await elsewhere.get(reached[-1])
        assert picture.content == PICTURE
        revoked = await sharer.client.delete(f"/v1/share-links/{made['id']}")
        assert revoked.status_code == 204
        for address in reached:
            for headers in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-99"}, PAGE):
                for client in (guest, elsewhere):
                    answer = await client.get(address, headers=headers)
                    assert answer.status_code == 410, (address, headers)
                    assert answer.headers["cache-control"] == "private, no-store"
    assert (await sharer.link(made))["state"] == "revoked"


async def test_nothing_lets_a_picture_be_kept_or_asked_for_in_part(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    """A cache that keeps nothing cannot go on showing what was revoked."""
    await sharer.capture()
    made = await sharer.share()
    for address in addresses(made, await open_gallery(guest, made)):
        for headers in ({"If-None-Match": "*"}, {"Range": "bytes=0-99"}):
            answer = await guest.get(address, headers=headers)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-store"
            assert not {"etag", "last-modified", "accept-ranges"} & set(answer.headers)


@pytest.mark.parametrize("ending", ["expired", "released", "deleted"])
async def test_a_link_ends_with_its_time_and_with_what_it_shows(
    sharer: Sharer, guest: httpx2.AsyncClient, ending: str
) -> None:
    capture = await sharer.capture()
    made = await sharer.share("capture", record_id=str(capture.id))
    reached = addresses(made, await open_gallery(guest, made))
    match ending:
        case "expired":
            await sharer.change(made, expires_at=utc_now() - timedelta(seconds=1))
        case "released":
            await sharer.client.delete(f"/v1/devices/{sharer.device.unit_id}")
        case _:
            await sharer.client.delete(f"/v1/captures/{capture.id}")
    for address in reached:
        gone = await guest.get(address)
        assert gone.status_code == 410, address
    assert gone.json()["code"] == "share_link_gone"
    expected = "expired" if ending == "expired" else "ended"
    assert (await sharer.link(made))["state"] == expected


async def test_before_the_passcode_nothing_is_told_and_nothing_counted(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    capture = await sharer.capture(reason="A secret reason")
    made = await sharer.share(passcode="quince", label="A secret label")
    opened = await open_with(guest, made, "quince")
    reached = addresses(made, opened)
    guest.cookies.clear()
    secrets = ["Bench camera", "A secret", capture.captured_at.strftime("%Y-%m-%d"), opened["id"]]
    for address in reached:
        for headers in ({}, PAGE):
            answer = await guest.get(address, headers=headers)
            assert answer.status_code == 401, address
            assert not [each for each in secrets if each in answer.text], address
            assert PICTURE[:32] not in answer.content
    assert (await sharer.link(made))["view_count"] == 1


async def open_with(
    guest: httpx2.AsyncClient, made: dict[str, Any], passcode: str
) -> dict[str, Any]:
    unlocked = await guest.post(f"/s/{made['token']}/passcode", json={"passcode": passcode})
    assert unlocked.status_code == 204, unlocked.text
    gallery = await open_gallery(guest, made)
    return gallery | {"id": gallery["captures"][0]["id"]}


async def test_a_wrong_passcode_opens_nothing_and_cannot_be_tried_often(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    made = await sharer.share(passcode="quince")
    path = f"/s/{made['token']}/passcode"
    wrong = await guest.post(path, json={"passcode": "medlar"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "passcode_wrong")
    assert not guest.cookies
    address = network_of(guest.headers["X-Forwarded-For"])
    await use_up(sharer.database, FAILED_PASSCODES_OF_ADDRESS, address)
    refused = await guest.post(path, json={"passcode": "quince"})
    assert refused.status_code == 429
    assert set(refused.headers) >= HEADERS
    async with coming_by(base_url) as elsewhere:
        assert (await elsewhere.post(path, json={"passcode": "quince"})).status_code == 204
        await use_up(sharer.database, FAILED_PASSCODES_OF_LINK, made["id"])
        refused = await elsewhere.post(path, json={"passcode": "quince"})
        assert refused.status_code == 429


async def test_all_passcodes_of_four_digits_cannot_be_tried_while_a_link_lives(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    made = await sharer.share(passcode="2580")
    path = f"/s/{made['token']}/passcode"
    await use_up(sharer.database, FAILED_PASSCODES_EVER, made["id"])
    refused = await guest.post(path, json={"passcode": "2580"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_passcodes")
    assert "Ask whoever sent it for a new one." in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) > timedelta(hours=12).total_seconds()
    days = LONGEST_HOURS / 24
    tries = FAILED_PASSCODES_EVER.burst + days * 86_400 / FAILED_PASSCODES_EVER.interval
    assert tries < 10**SHORTEST_PASSCODE / 20


async def test_an_address_that_tries_too_often_uses_up_no_tries_of_others(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    made = await sharer.share(passcode="quince")
    path = f"/s/{made['token']}/passcode"
    address = network_of(guest.headers["X-Forwarded-For"])
    await use_up(sharer.database, FAILED_PASSCODES_OF_ADDRESS, address)
    for _ in range(FAILED_PASSCODES_OF_LINK.burst):
        assert (await guest.post(path, json={"passcode": "medlar"})).status_code == 429
    async with coming_by(base_url) as elsewhere:
        assert (await elsewhere.post(path, json={"passcode": "quince"})).status_code == 204


async def test_a_right_passcode_is_not_counted_as_a_try(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    made = await sharer.share(passcode="quince")
    for _ in range(FAILED_PASSCODES_OF_ADDRESS.burst + 2):
        unlocked = await guest.post(f"/s/{made['token']}/passcode", json={"passcode": "quince"})
        assert unlocked.status_code == 204


async def test_links_are_asked_for_at_a_bounded_rate(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    made = await sharer.share()
    answer = await guest.get(f"/api/s/{made['token']}")
    assert set(answer.headers) >= HEADERS
    await use_up(sharer.database, BY_ADDRESS, network_of(guest.headers["X-Forwarded-For"]))
    for address in (f"/api/s/{made['token']}", f"/s/{made['token']}", "/api/s/vsh_none"):
        refused = await guest.get(address)
        assert refused.status_code == 429
        assert refused.headers["x-robots-tag"].startswith("noindex")
    async with coming_by(base_url) as elsewhere:
        await use_up(sharer.database, OPENINGS, made["id"])
        refused = await elsewhere.get(f"/api/s/{made['token']}")
        assert refused.status_code == 429
        assert refused.headers["ratelimit-limit"] == str(BY_ADDRESS.burst)


TOKENS = ["vsh_", "x", "vsh_" + "A" * 43, "vsh_" + "é" * 20, "A" * 3000, "..%2f..", "%25"]


async def test_what_is_no_token_is_answered_like_an_unknown_one(
    base_url: str, sharer: Sharer
) -> None:
    await sharer.share()
    async with coming_by(base_url) as guest:
        for rest in ("", "/images/x", "/thumbnails/x"):
            expected = (await guest.get(f"/api/s/{new_secret('vsh_')}{rest}")).content
            for token in TOKENS:
                answer = await guest.get(f"/api/s/{token}{rest}")
                assert (answer.status_code, answer.content) == (404, expected), token
                assert answer.headers.get("x-robots-tag") or "/" in unquote(token)


async def test_random_tokens_open_nothing(sharer: Sharer, base_url: str) -> None:
    assert await guess(base_url, 100) == 0


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_a_hundred_thousand_random_tokens_open_nothing(
    app: FastAPI, sharer: Sharer, base_url: str
) -> None:
    await asyncio.gather(*(sharer.share() for _ in range(100)))
    assert await guess(base_url, 100_000) == 0


async def guess(base_url: str, count: int) -> int:
    """How many of so many random tokens were answered with anything but 404."""

    async def try_some(some: int) -> int:
        hits = 0
        async with coming_by(base_url) as guest:
            for number in range(some):
                if number % 500 == 499:
                    guest.headers.update(somewhere())  # an address may try so often and no more
                answer = await guest.get(f"/api/s/{new_secret('vsh_')}")
                hits += answer.status_code != 404
        return hits

    return sum(await asyncio.gather(*(try_some(count // 10) for _ in range(10))))
