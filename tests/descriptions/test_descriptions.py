"""Normal descriptions over HTTP: appended, numbered, put in force, never changed."""

import asyncio

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.descriptions.queries import description_in_force
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.paging import Cursor
from tests.devices.arranging import Signed, owner_of, read_audit
from tests.factories import SomeDevice, make_user, signed_in

MISSING = "VS-0000-0000-0000"


async def in_force(database: Database, device: SomeDevice) -> int | None:
    async with database.work_for(device.organization_id) as work:
        found = await description_in_force(work, device.device_id)
    return found.version if found else None


async def test_without_any_version_none_is_in_force(
    owner: Signed, path: str, device: SomeDevice, database: Database
) -> None:
    assert (await owner.client.get(path)).json() == {"items": [], "next_cursor": None}
    assert await in_force(database, device) is None


async def test_the_first_version_is_in_force_at_once_and_a_later_one_is_not(
    owner: Signed, path: str, device: SomeDevice, database: Database
) -> None:
    first = await owner.client.post(path, json={"text": "A clear bench.", "name": "Clear"})
    second = await owner.client.post(path, json={"text": "A bench with a vice."})
    assert first.status_code == second.status_code == 201
    assert (first.json()["version"], first.json()["is_active"]) == (1, True)
    assert (second.json()["version"], second.json()["is_active"]) == (2, False)
    assert first.json()["created_by"] == first.json()["activated_by"] == owner.someone.email
    assert second.json()["name"] == "Version 2"
    assert second.json()["activated_at"] is None
    assert await in_force(database, device) == 1


async def test_a_version_can_be_written_and_put_in_force_at_once(
    owner: Signed, path: str, device: SomeDevice, database: Database
) -> None:
    await owner.client.post(path, json={"text": "A clear bench."})
    answer = await owner.client.post(path, json={"text": "A full bench.", "activate": True})
    assert answer.json()["is_active"] is True
    assert await in_force(database, device) == 2


async def test_any_version_can_be_put_in_force_again(
    owner: Signed, path: str, device: SomeDevice, database: Database
) -> None:
    await owner.client.post(path, json={"text": "A clear bench."})
    await owner.client.post(path, json={"text": "A full bench.", "activate": True})
    answer = await owner.client.post(f"{path}/1/activate", json={"reason": "It is clear again"})
    assert (answer.status_code, answer.json()["is_active"]) == (200, True)
    assert await in_force(database, device) == 1
    listed = (await owner.client.get(path)).json()["items"]
    assert [(one["version"], one["is_active"]) for one in listed] == [(2, False), (1, True)]
    entry = (await read_audit(database, owner.someone))[-1]
    assert entry.action == "description.activated"
    assert (entry.detail["version"], entry.detail["reason"]) == (1, "It is clear again")


async def test_activating_what_is_in_force_changes_nothing(owner: Signed, path: str) -> None:
    written = (await owner.client.post(path, json={"text": "A clear bench."})).json()
    again = await owner.client.post(f"{path}/1/activate")
    assert again.json() == written


async def test_versions_written_at_once_get_numbers_of_their_own(owner: Signed, path: str) -> None:
    answers = await asyncio.gather(
        *(owner.client.post(path, json={"text": f"Text {n}"}) for n in range(8))
    )
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 9))
    assert sum(answer.json()["is_active"] for answer in answers) == 1


async def test_versions_are_listed_page_by_page_newest_first(owner: Signed, path: str) -> None:
    for number in range(3):
        await owner.client.post(path, json={"text": f"Text {number}"})
    page = (await owner.client.get(path, params={"limit": 2})).json()
    rest = (await owner.client.get(path, params={"cursor": page["next_cursor"]})).json()
    assert [one["version"] for one in page["items"]] == [3, 2]
    assert [one["version"] for one in rest["items"]] == [1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("id_", ["9" * 30, "-1", "1_0", "x", ""])
async def test_a_cursor_that_this_list_never_gave_is_refused(
    owner: Signed, path: str, id_: str
) -> None:
    cursor = Cursor(utc_now(), id_).encode()
    answer = await owner.client.get(path, params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["code"] == "cursor_malformed"


async def test_the_text_keeps_its_lines_and_loses_what_no_page_can_show(
    owner: Signed, path: str
) -> None:
    text = "# Bench\r\n\r\n\t- vice \u202eleft\x07\n"
    await owner.client.post(path, json={"text": text})
    assert (await owner.client.get(f"{path}/1")).json()["text"] == "# Bench\n\n\t- vice left"


async def test_the_text_is_downloaded_as_a_markdown_file(
    owner: Signed, path: str, device: SomeDevice
) -> None:
    await owner.client.post(path, json={"text": "Grün ist normal."})
    answer = await owner.client.get(f"{path}/1/download")
    assert answer.text == "Grün ist normal."
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    name = f"{device.unit_id}-normal-1.md"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "fine", "name": "x" * 101}, "name"),
        ({"text": "fine", "version": 7}, "version"),
        ({}, "text"),
        ({"text": "fine", "template_id": "x"}, "template_id"),
    ],
)
async def test_what_cannot_be_a_description_is_refused(
    owner: Signed, path: str, body: dict[str, object], field: str
) -> None:
    answer = await owner.client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert (await owner.client.get(path)).json()["items"] == []


async def test_the_longest_text_is_taken_whole(owner: Signed, path: str) -> None:
    answer = await owner.client.post(path, json={"text": "ü" * 20_000})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", "/9"), ("POST", "/9/activate"), ("GET", "/9/download")],
)
async def test_a_version_that_is_not_there_is_not_found(
    owner: Signed, path: str, method: str, rest: str
) -> None:
    answer = await owner.client.request(method, path + rest)
    assert (answer.status_code, answer.json()["code"]) == (404, "description_not_found")


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("POST", ""), ("GET", "/1"), ("POST", "/1/activate"), ("GET", "/1/download")],
)
async def test_a_foreign_device_and_a_missing_one_look_alike(
    owner: Signed, path: str, database: Database, base_url: str, method: str, rest: str
) -> None:
    await owner.client.post(path, json={"text": "A secret bench."})
    body = {"text": "Mine"} if (method, rest) == ("POST", "") else None
    async with owner_of(database, base_url) as stranger:
        foreign = await stranger.client.request(method, path + rest, json=body)
        missing = await stranger.client.request(
            method, f"/v1/devices/{MISSING}/descriptions{rest}", json=body
        )
    assert (foreign.status_code, foreign.json()["code"]) == (404, "device_not_found")
    assert missing.json() == foreign.json()


async def test_a_unit_activated_anew_starts_without_a_description(
    owner: Signed, path: str, device: SomeDevice
) -> None:
    await owner.client.post(path, json={"text": "A clear bench."})
    await owner.client.delete(f"/v1/devices/{device.unit_id}")
    await owner.client.post("/v1/devices/activate", json={"device_id": device.unit_id})
    assert (await owner.client.get(path)).json()["items"] == []


async def test_viewers_read_and_do_not_write(
    owner: Signed, path: str, database: Database, base_url: str
) -> None:
    await owner.client.post(path, json={"text": "A clear bench."})
    viewer = await make_user(database, owner.someone.organization_id, role=Role.VIEWER)
    async with signed_in(base_url, viewer) as client:
        assert (await client.get(f"{path}/1")).status_code == 200
        assert (await client.post(path, json={"text": "Mine"})).status_code == 403
        assert (await client.post(f"{path}/1/activate")).status_code == 403


async def test_a_device_key_reads_no_descriptions(
    client: httpx2.AsyncClient, path: str, device: SomeDevice
) -> None:
    assert (await client.get(path, headers=device.headers)).status_code == 401
