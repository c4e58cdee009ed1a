"""A link shows what it was made for, and nothing beside it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import pytest

from cloud.captures.models import State
from cloud.kit.ids import new_id
from cloud.sharing.picture_ids import disguise, reveal
from tests.captures.pictures import GPS, SCRIPT, draw, encode, make_exif
from tests.factories import loopback_client, make_device
from tests.sharing.arranging import PICTURE, Sharer, coming_by, open_gallery

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def test_a_device_link_shows_all_captures_newest_first_also_those_to_come(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    older = await sharer.capture(captured_at=NOON, state=State.NORMAL)
    made = await sharer.share(label="Bench")
    newer = await sharer.capture(captured_at=NOON + timedelta(hours=1))
    gallery = await open_gallery(guest, made)
    assert ids(made["token"], gallery) == [newer.id, older.id]
    first, second = gallery["captures"]
    assert (first["state"], first["evaluation_status"]) == (None, "pending")
    assert second.items() >= {"state": "normal", "reason": "It looks normal."}.items()
    assert (gallery["device_name"], gallery["label"]) == ("Bench camera", "Bench")


async def test_a_capture_link_shows_one_capture(sharer: Sharer, guest: httpx2.AsyncClient) -> None:
    captures = [await sharer.capture() for _ in range(3)]
    made = await sharer.share("capture", record_id=str(captures[1].id))
    assert ids(made["token"], await open_gallery(guest, made)) == [captures[1].id]


async def test_a_date_range_link_shows_what_was_taken_in_it_of_the_states_asked_for(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    hours = [NOON + timedelta(hours=number) for number in range(4)]
    states = [State.ABNORMAL, State.ABNORMAL, State.NORMAL, State.ABNORMAL]
    captures = [
        await sharer.capture(captured_at=at, state=state)
        for at, state in zip(hours, states, strict=True)
    ]
    span = {"from": hours[0].isoformat(), "to": hours[3].isoformat()}
    made = await sharer.share("date_range", **span, states=["abnormal"])
    shown = ids(made["token"], await open_gallery(guest, made))
    assert shown == [captures[1].id, captures[0].id]


async def test_only_what_a_link_shows_has_pictures_there(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    """Ids are good inside their link only: not even the capture's own id is."""
    shown = await sharer.capture(captured_at=NOON, state=State.NORMAL)
    other_state = await sharer.capture(captured_at=NOON, state=State.ABNORMAL)
    too_late = await sharer.capture(captured_at=NOON + timedelta(days=1), state=State.NORMAL)
    other_camera = await sharer.capture(
        device=await make_device(sharer.database, sharer.someone.organization_id),
        captured_at=NOON,
        state=State.NORMAL,
    )
    span = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}
    made, twin = [await sharer.share("date_range", **span, states=["normal"]) for _ in range(2)]
    token = made["token"]
    await open_gallery(guest, made)
    outside = [disguise(token, each.id) for each in (other_state, too_late, other_camera)]
    elsewhere = [disguise(twin["token"], shown.id), str(shown.id), disguise(token, new_id()), "x"]
    for kind in ("images", "thumbnails"):
        path = f"/api/s/{token}/{kind}"
        assert (await guest.get(f"{path}/{disguise(token, shown.id)}")).content == PICTURE
        for picture_id in (*outside, *elsewhere):
            refused = await guest.get(f"{path}/{picture_id}")
            assert (refused.status_code, refused.json()["code"]) == (404, "picture_not_found")
    for picture_id in (*outside, *elsewhere):
        page = await guest.get(f"/s/{token}/captures/{picture_id}")
        assert page.status_code == 404


async def test_a_gallery_is_read_page_by_page_and_tells_no_id_of_ours(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    captures = [await sharer.capture(captured_at=NOON) for _ in range(5)]
    made, other = [await sharer.share() for _ in range(2)]
    path, found = f"/api/s/{made['token']}", []
    page = (await guest.get(f"{path}?limit=2")).json()
    cursor = page["next_cursor"]
    while True:
        found += ids(made["token"], page)
        if page["next_cursor"] is None:
            break
        page = (await guest.get(f"{path}?limit=2&cursor={page['next_cursor']}")).json()
    assert sorted(found) == sorted(each.id for each in captures)
    told = (await guest.get(path)).text
    ours = [each.id for each in captures]
    ours += [UUID(made["id"]), sharer.device.device_id, sharer.someone.organization_id]
    assert not [each for each in ours if str(each) in told]
    assert sharer.device.unit_id not in told
    elsewhere = await guest.get(f"/api/s/{other['token']}?limit=2&cursor={cursor}")
    assert set(ids(other["token"], elsewhere.json())) <= set(found)
    assert (await guest.get(f"{path}?cursor=nonsense")).status_code == 422


async def test_a_picture_of_which_only_the_thumbnail_is_kept_says_so(
    sharer: Sharer, guest: httpx2.AsyncClient
) -> None:
    capture = await sharer.capture(image_stored=False)
    made = await sharer.share()
    (shown,) = (await open_gallery(guest, made))["captures"]
    assert shown["image_url"] is None
    assert (await guest.get(shown["thumbnail_url"])).status_code == 200
    picture_id = disguise(made["token"], capture.id)
    missing = await guest.get(f"/api/s/{made['token']}/images/{picture_id}")
    assert (missing.status_code, missing.json()["code"]) == (410, "image_not_kept")


async def test_no_metadata_of_an_upload_leaves_by_a_link(
    sharer: Sharer, guest: httpx2.AsyncClient, base_url: str
) -> None:
    upload = encode(draw(), exif=make_exif(6), comment=b"hidden words")
    assert SCRIPT.encode() in upload
    async with loopback_client(base_url=base_url, headers=sharer.device.headers) as uplink:
        form = {"captured_at": NOON.isoformat()}
        taken = await uplink.post("/v1/captures", data=form, files={"image": upload})
        assert taken.status_code == 201
    (shown,) = (await open_gallery(guest, await sharer.share()))["captures"]
    for kind in ("thumbnail_url", "image_url"):
        picture = await guest.get(shown[kind])
        assert picture.headers["content-type"] == "image/jpeg"
        for hidden in (b"Exif", SCRIPT.encode(), b"hidden words", GPS.to_bytes(2, "little")):
            assert hidden not in picture.content[:400]


@pytest.mark.parametrize("text", ["", "x", "é" * 22, "A" * 21, "A" * 23, "A" * 21 + "=", "%" * 22])
def test_what_has_not_the_form_of_an_id_is_none(text: str) -> None:
    assert reveal("vsh_token", text) is None


def test_an_id_is_revealed_by_its_own_link_only() -> None:
    record_id = new_id()
    picture_id = disguise("vsh_one", record_id)
    assert len(picture_id) == 22
    assert reveal("vsh_one", picture_id) == record_id
    assert reveal("vsh_other", picture_id) != record_id


async def test_capture_is_gone_from_a_device_link_once_deleted(
    sharer: Sharer, base_url: str
) -> None:
    kept, deleted = [await sharer.capture() for _ in range(2)]
    made = await sharer.share()
    async with coming_by(base_url) as guest:
        await open_gallery(guest, made)
        await sharer.client.delete(f"/v1/captures/{deleted.id}")
        assert ids(made["token"], await open_gallery(guest, made)) == [kept.id]
        picture_id = disguise(made["token"], deleted.id)
        picture = await guest.get(f"/api/s/{made['token']}/images/{picture_id}")
        assert picture.status_code == 404


def ids(token: str, gallery: dict[str, list[dict[str, str]]]) -> list[UUID]:
    """The captures' own ids, of which the gallery tells disguises."""
    found = [reveal(token, capture["id"]) for capture in gallery["captures"]]
    return [each for each in found if each is not None]
