"""Making, listing, changing and revoking links, by those who may."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import Role
from cloud.kit.database import Database
from cloud.kit.ids import hash_secret
from cloud.kit.settings import Settings
from cloud.sharing.models import ShareToken
from tests.devices.arranging import read_audit
from tests.factories import make_device, make_user, signed_in
from tests.sharing.arranging import Sharer, coming_by, open_gallery

FROM, TO = "2026-11-22T06:00:00Z", "2026-11-22T18:00:00Z"


async def test_null_states_are_all_of_them(sharer: Sharer) -> None:
    assert (await sharer.share(states=None))["states"] == []


async def test_a_link_is_told_once_and_only_its_hash_is_kept(
    sharer: Sharer, settings: Settings
) -> None:
    made = await sharer.share(label="For the insurer", max_views=10, passcode="quince")
    assert made["token"].startswith("vsh_")
    assert made["url"] == f"{settings.base_url}/s/{made['token']}"
    assert made["qr_code_svg"].startswith("<svg")
    assert made["has_passcode"]
    listed = await sharer.client.get("/v1/share-links")
    assert made["token"] not in listed.text
    assert "quince" not in listed.text
    async with sharer.database.work() as work:
        kept = select(ShareToken.link_id).where(ShareToken.token_hash == hash_secret(made["token"]))
        assert str(await work.scalar(kept)) == made["id"]


async def test_the_list_shows_what_a_maker_wants_to_know(sharer: Sharer) -> None:
    first = await sharer.share(label="First")
    second = await sharer.share("date_range", **{"from": FROM, "to": TO}, states=["abnormal"])
    links = (await sharer.client.get("/v1/share-links")).json()["share_links"]
    assert [link["id"] for link in links] == [second["id"], first["id"]]
    assert (
        links[0].items()
        >= {
            "device_id": sharer.device.unit_id,
            "share_type": "date_range",
            "from": "2026-11-22T06:00:00.000Z",
            "to": "2026-11-22T18:00:00.000Z",
            "states": ["abnormal"],
            "state": "active",
            "view_count": 0,
            "last_viewed_at": None,
            "max_views": None,
            "has_passcode": False,
            "revoked_at": None,
        }.items()
    )
    page = (await sharer.client.get("/v1/share-links?limit=1")).json()
    rest = await sharer.client.get(f"/v1/share-links?limit=1&cursor={page['next_cursor']}")
    assert [link["id"] for link in rest.json()["share_links"]] == [first["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {"share_type": "capture"},
        {"share_type": "device", "record_id": "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55"},
        {"share_type": "device", "from": FROM, "to": TO},
        {"share_type": "date_range", "from": FROM},
        {"share_type": "date_range", "from": TO, "to": FROM},
        {"share_type": "everything"},
        {"share_type": "device", "expires_in_hours": 0},
        {"share_type": "device", "expires_in_hours": 100_000},
        {"share_type": "device", "max_views": 0},
        {"share_type": "device", "passcode": "abc"},
        {"share_type": "device", "states": ["pending"]},
        {"share_type": "device", "token": "vsh_mine"},
        {},
    ],
)
async def test_what_cannot_be_shared_is_refused(sharer: Sharer, body: dict[str, Any]) -> None:
    path = f"/v1/devices/{sharer.device.unit_id}/share"
    assert (await sharer.client.post(path, json=body)).status_code == 422
    assert (await sharer.client.get("/v1/share-links")).json()["share_links"] == []


async def test_a_capture_of_another_camera_is_not_shared(sharer: Sharer) -> None:
    other = await make_device(sharer.database, sharer.someone.organization_id)
    capture = await sharer.capture(device=other)
    refused = await sharer.ask("capture", record_id=str(capture.id))
    assert (refused.status_code, refused.json()["code"]) == (404, "capture_not_found")


async def test_members_see_links_and_administrators_make_them(
    sharer: Sharer, database: Database, base_url: str
) -> None:
    made = await sharer.share()
    organization_id = sharer.someone.organization_id
    member = await make_user(database, organization_id, role=Role.MEMBER)
    path = f"/v1/share-links/{made['id']}"
    async with signed_in(base_url, member) as client:
        assert len((await client.get("/v1/share-links")).json()["share_links"]) == 1
        assert (await client.get(f"{path}/views")).status_code == 200
        assert (await client.patch(path, json={"label": "Mine"})).status_code == 403
        assert (await client.delete(path)).status_code == 403
        share = f"/v1/devices/{sharer.device.unit_id}/share"
        assert (await client.post(share, json={"share_type": "device"})).status_code == 403
    admin = await make_user(database, organization_id, role=Role.ADMIN)
    async with signed_in(base_url, admin) as client:
        assert (await client.delete(path)).status_code == 204


async def test_a_link_can_be_changed_until_it_is_revoked(sharer: Sharer) -> None:
    made = await sharer.share(max_views=1)
    path = f"/v1/share-links/{made['id']}"
    changed = await sharer.client.patch(
        path, json={"label": "Anew", "max_views": None, "expires_in_hours": 48}
    )
    assert changed.json().items() >= {"label": "Anew", "max_views": None}.items()
    assert changed.json()["expires_at"] > made["expires_at"]
    assert (await sharer.client.patch(path, json={"passcode": "none"})).status_code == 422
    assert (await sharer.client.delete(path)).status_code == 204
    refused = await sharer.client.patch(path, json={"label": "Again"})
    assert (refused.status_code, refused.json()["code"]) == (409, "share_link_revoked")
    assert (await sharer.link(made))["label"] == "Anew"


async def test_the_audit_says_who_shared_changed_and_revoked_once(sharer: Sharer) -> None:
    made = await sharer.share()
    path = f"/v1/share-links/{made['id']}"
    await sharer.client.patch(path, json={"label": "Anew"})
    for _ in range(2):
        assert (await sharer.client.delete(path)).status_code == 204
    entries = await read_audit(sharer.database, sharer.someone)
    said = [(each.action, each.subject, each.actor) for each in entries]
    assert said == [
        (f"share_link.{verb}", made["id"], sharer.someone.email)
        for verb in ("made", "changed", "revoked")
    ]
    assert made["token"] not in repr([each.detail for each in entries])


async def test_each_view_is_listed_with_where_it_came_from(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    made = await sharer.share()
    guest.headers["User-Agent"] = "A telephone" * 50
    await open_gallery(guest, made)
    views = (await sharer.client.get(f"/v1/share-links/{made['id']}/views")).json()
    assert views["next_cursor"] is None
    (view,) = views["items"]
    assert view["address"] == guest.headers["X-Forwarded-For"]
    assert view["user_agent"].startswith("A telephone")
    assert len(view["user_agent"]) == 200
    link = await sharer.link(made)
    assert link["view_count"] == 1
    assert link["last_viewed_at"] is not None


async def test_views_are_read_page_by_page(sharer: Sharer, base_url: str) -> None:
    made = await sharer.share()
    for _ in range(3):
        async with coming_by(base_url) as guest:
            await open_gallery(guest, made)
    path = f"/v1/share-links/{made['id']}/views?limit=2"
    first = (await sharer.client.get(path)).json()
    rest = (await sharer.client.get(f"{path}&cursor={first['next_cursor']}")).json()
    seen = [view["address"] for view in (*first["items"], *rest["items"])]
    assert (len(set(seen)), len(seen), rest["next_cursor"]) == (3, 3, None)
    assert (await sharer.client.get("/v1/share-links/nothing/views")).status_code == 404
