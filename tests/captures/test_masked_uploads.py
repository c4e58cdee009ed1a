"""Uploads of a camera that has privacy masks: nothing under one is ever kept."""

import hashlib
import json

import pytest
from fastapi import FastAPI
from PIL import Image

from cloud.captures import ingest
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from device.wire import Mask, mask_version
from tests.captures.pictures import encode
from tests.captures.test_masking import CENTRE, DOOR, WINDOW, camera_masks, darkness
from tests.captures.uploading import Site
from tests.web.visitors import browsing, session_of

WHITE = encode(Image.new("RGB", (640, 480), "white"))


async def mask(site: Site, *masks: Mask) -> None:
    answer = await site.client.put(
        f"/v1/devices/{site.device.unit_id}/config", json={"privacy": {"masks": masks}}
    )
    assert answer.status_code == 200, answer.text


def painted(*masks: Mask) -> tuple[bytes, dict[str, str]]:
    """What a camera that knows these masks uploads."""
    upload, _ = camera_masks(WHITE, masks)
    said = {"masks": len(masks), "version": mask_version(masks)}
    return upload, {"metadata": json.dumps({"privacy": said})}


async def test_a_camera_that_masks_is_believed_once_it_is_seen(site: Site) -> None:
    await mask(site, WINDOW)
    upload, form = painted(WINDOW)
    document = await site.take(upload, **form)
    assert document["privacy"] == {
        "masked_by": "camera",
        "masks": 1,
        "version": mask_version((WINDOW,)),
    }
    image = await site.client.get(document["image_url"])
    assert image.content == upload


async def test_a_camera_that_does_not_mask_has_it_done_and_said(site: Site) -> None:
    await mask(site, WINDOW)
    answer = await site.upload(WHITE, {"sequence": "1", "spool_id": "s"})
    document = answer.json()
    assert answer.status_code == 201
    assert document["sha256"] == hashlib.sha256(WHITE).hexdigest()
    assert document["privacy"]["masked_by"] == "cloud"
    for address in (document["image_url"], document["thumbnail_url"]):
        image = await site.client.get(address)
        assert darkness(image.content, CENTRE) < 24
        assert darkness(image.content, (0.1, 0.1)) > 230
    page = await site.client.get(f"/v1/captures/{document['record_id']}")
    assert page.json()["privacy"] == document["privacy"]


async def test_a_repeat_of_a_picture_that_was_masked_here_is_known(site: Site) -> None:
    await mask(site, WINDOW)
    form = {"sequence": "1", "spool_id": "s"}
    first = await site.upload(WHITE, form)
    repeat = await site.upload(WHITE, form)
    assert (first.status_code, repeat.status_code) == (201, 200)
    assert repeat.json() == first.json()


async def test_a_picture_taken_before_a_mask_was_drawn_is_masked_on_arrival(site: Site) -> None:
    upload, form = painted(WINDOW)
    await mask(site, WINDOW, DOOR)
    document = await site.take(upload, **form)
    image = await site.client.get(document["image_url"])
    assert document["privacy"]["masked_by"] == "cloud"
    assert darkness(image.content, (0.9, 0.5)) < 24


async def test_without_masks_nothing_is_said_or_changed(site: Site) -> None:
    document = await site.take(WHITE)
    assert document["privacy"] is None
    assert (await site.client.get(document["image_url"])).content == WHITE


async def test_a_mask_drawn_while_a_picture_comes_in_covers_it(
    site: Site, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ingest._masks_in_force
    looks: list[object] = []

    async def then_mask(*arguments: object) -> object:
        found = await read(*arguments)  # type: ignore[arg-type]
        if not looks:
            await mask(site, WINDOW)
        looks.append(found)
        return found

    monkeypatch.setattr(ingest, "_masks_in_force", then_mask)
    document = await site.take(WHITE)
    image = await site.client.get(document["image_url"])
    assert len(looks) == 2
    assert darkness(image.content, CENTRE) < 24
    assert len(await app.state.store.list_objects(str(site.owner.organization_id))) == 2


async def test_masks_that_change_all_the_time_are_waited_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ingest._masks_in_force
    looks = 0

    async def then_change(*arguments: object) -> object:
        nonlocal looks
        looks += 1
        found = await read(*arguments)  # type: ignore[arg-type]
        await mask(site, WINDOW if looks % 2 else DOOR)
        return found

    monkeypatch.setattr(ingest, "_masks_in_force", then_change)
    answer = await site.upload(WHITE)
    assert (answer.status_code, answer.json()["code"]) == (503, "masks_changing")
    assert await site.count() == 0


async def test_the_viewer_says_who_painted(
    site: Site, database: Database, settings: Settings, base_url: str
) -> None:
    await mask(site, WINDOW)
    by_cloud = await site.take(WHITE)
    upload, form = painted(WINDOW)
    by_camera = await site.take(upload, **form)
    cookies = await session_of(database, settings, site.owner)
    async with browsing(base_url, cookies) as browser:
        for document in (by_cloud, by_camera):
            page = await browser.get(f"/ui/captures/{document['record_id']}")
            assert page.status_code == 200
            by_whom = document["privacy"]["masked_by"]
            assert ("painted by Visant before" in page.text) == (by_whom == "cloud")
            assert ("painted by the camera" in page.text) == (by_whom == "camera")
