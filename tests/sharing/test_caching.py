"""What a cache on the way may go on showing of a link that was revoked: nothing."""

import httpx2
import pytest
from fastapi import FastAPI

from cloud.web.rendering import Pages
from tests.factories import loopback_client
from tests.sharing.arranging import PICTURE, Sharer, open_gallery
from tests.sharing.caching import GreedyCache
from tests.web.driving import somewhere


@pytest.mark.parametrize("shared", [True, False], ids=["a proxy", "a browser"])
async def test_a_revoked_link_is_dead_behind_a_cache(
    sharer: Sharer, app: FastAPI, base_url: str, *, shared: bool
) -> None:
    await sharer.capture()
    made = await sharer.share()
    pages: Pages = app.state.pages
    cache = GreedyCache(httpx2.AsyncHTTPTransport(), shared=shared)
    async with loopback_client(
        transport=cache, base_url=base_url, headers=somewhere(), timeout=30
    ) as guest:
        for _ in range(2):
            await guest.get(pages.assets.url("css/base.css"))
        assert cache.given_again == 1, "it keeps what it may"
        gallery = await open_gallery(guest, made)
        (capture,) = gallery["captures"]
        reached = [f"/s/{made['token']}", f"/api/s/{made['token']}"]
        reached += [capture["image_url"], capture["thumbnail_url"]]
        for address in reached:
            assert (await guest.get(address)).status_code == 200
        assert (await guest.get(capture["image_url"])).content == PICTURE
        await sharer.client.delete(f"/v1/share-links/{made['id']}")
        for address in reached:
            for headers in ({}, {"If-None-Match": "*"}, {"Range": "bytes=0-99"}):
                assert (await guest.get(address, headers=headers)).status_code == 410, address
        assert cache.given_again == 1
