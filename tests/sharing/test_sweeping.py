"""Links of long ago go, with the addresses of those who came by them."""

from datetime import timedelta

import httpx2
from sqlalchemy import func, select

from cloud.kit.clock import utc_now
from cloud.sharing.models import ShareView
from cloud.sharing.sweeping import KEPT, sweep
from tests.sharing.arranging import Sharer, open_gallery


async def test_links_that_ended_long_ago_go_with_their_views(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    living, expired, revoked, lately = [await sharer.share() for _ in range(4)]
    for made in (living, expired):
        await open_gallery(guest, made)
    long_ago = utc_now() - KEPT - timedelta(minutes=1)
    await sharer.change(expired, expires_at=long_ago)
    await sharer.change(revoked, revoked_at=long_ago)
    await sharer.change(lately, revoked_at=utc_now())
    await sweep(sharer.database)
    links = (await sharer.client.get("/v1/share-links")).json()["share_links"]
    assert {link["id"] for link in links} == {living["id"], lately["id"]}
    async with sharer.database.work_for(sharer.someone.organization_id) as work:
        assert await work.scalar(select(func.count()).select_from(ShareView)) == 1
    assert (await guest.get(f"/api/s/{expired['token']}")).status_code == 404
