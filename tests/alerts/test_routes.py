from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import AuditEntry, Role
from cloud.kit.database import Database
from tests.alerts.cameras import ABNORMAL, Camera, make_camera
from tests.factories import make_user, signed_in


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


@pytest.fixture
async def stranger(base_url: str, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """An owner of another organization."""
    async with signed_in(base_url, await make_user(database)) as client:
        yield client


async def get(client: httpx2.AsyncClient, path: str, **query: str | int) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def audited(camera: Camera) -> list[str]:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        rows = await work.session.scalars(select(AuditEntry.action).order_by(AuditEntry.at))
        return list(rows.all())


async def test_incidents_are_listed_with_their_captures(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    first = await camera.judge(ABNORMAL, 0, reason="The drill is gone.")
    latest = await camera.judge(ABNORMAL, 1)
    (incident,) = (await get(owner, "/v1/incidents"))["incidents"]
    assert incident["device_id"] == camera.device.unit_id
    assert incident["device_name"] == "Bench camera"
    assert (incident["kind"], incident["state"]) == ("abnormal", "open")
    assert incident["captures_count"] == 2
    assert incident["first_capture"]["record_id"] == str(first.id)
    assert incident["first_capture"]["reason"] == "The drill is gone."
    assert incident["latest_capture"]["record_id"] == str(latest.id)
    assert incident["opened_at"].endswith("Z")


async def test_incidents_come_in_pages_newest_first(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge_all("annannann")
    everything = (await get(owner, "/v1/incidents"))["incidents"]
    times = [incident["opened_at"] for incident in everything]
    assert times == sorted(times, reverse=True)
    first = await get(owner, "/v1/incidents", limit=2)
    rest = await get(owner, "/v1/incidents", limit=2, cursor=first["next_cursor"])
    assert first["incidents"] + rest["incidents"] == everything
    assert rest["next_cursor"] is None


async def test_incidents_are_filtered_by_state_and_camera(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge_all("anna")
    found = await get(owner, "/v1/incidents", state="open", device_id=camera.device.unit_id)
    assert [incident["state"] for incident in found["incidents"]] == ["open"]
    assert (await get(owner, "/v1/incidents", state="acknowledged"))["incidents"] == []


@pytest.mark.parametrize(
    "query", [{"state": "closed"}, {"cursor": "nonsense"}, {"limit": "0"}, {"limit": "201"}]
)
async def test_a_wrong_filter_is_refused(owner: httpx2.AsyncClient, query: dict[str, str]) -> None:
    answer = await owner.get("/v1/incidents", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_one_incident_tells_its_story(camera: Camera, owner: httpx2.AsyncClient) -> None:
    captures = await camera.judge_all("aann")
    incident = await camera.incident()
    file = await get(owner, f"/v1/incidents/{incident.id}")
    assert [each["record_id"] for each in file["captures"]] == [str(c.id) for c in captures[:2]]
    assert [each["kind"] for each in file["deliveries"]] == ["opened", "recovered"]
    kinds = [entry["kind"] for entry in file["timeline"]]
    assert kinds == ["opened", "capture", "capture", "resolved", "delivery", "delivery"]
    assert file["timeline"][3]["text"] == "It went back to normal."


async def test_acknowledging_says_who_and_when_and_is_news(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    path = f"/v1/incidents/{(await camera.incident()).id}/acknowledge"
    answer = await owner.post(path)
    assert answer.status_code == 200
    assert answer.json()["state"] == "acknowledged"
    assert answer.json()["acknowledged_by"] == camera.owner.email
    assert (await owner.post(path)).json() == answer.json()
    assert [kind for kind, _ in await camera.news()] == ["incident.opened", "incident.updated"]
    assert await audited(camera) == ["incident.acknowledged"]


@pytest.mark.parametrize("outcome", ["real", "false_alarm"])
async def test_resolving_ends_it_once(
    camera: Camera, owner: httpx2.AsyncClient, outcome: str
) -> None:
    await camera.judge(ABNORMAL, 0)
    path = f"/v1/incidents/{(await camera.incident()).id}"
    answer = await owner.post(f"{path}/resolve", json={"as": outcome, "note": " Only the cat. "})
    assert answer.status_code == 200
    resolved = answer.json()
    assert (resolved["state"], resolved["resolved_as"]) == ("resolved", outcome)
    assert resolved["resolved_by"] == camera.owner.email
    assert resolved["note"] == "Only the cat."
    assert (await owner.post(f"{path}/resolve", json={"as": outcome})).json() == resolved
    assert [kind for kind, _ in await camera.news()] == ["incident.opened", "incident.closed"]
    assert await audited(camera) == ["incident.resolved"]
    entry = (await get(owner, path))["timeline"][-1]
    assert entry["kind"] == "resolved"
    assert entry["text"].startswith(f"{camera.owner.email} resolved it")
    assert "Only the cat." in entry["text"]


async def test_what_ended_otherwise_cannot_be_resolved_again(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge_all("ann")
    path = f"/v1/incidents/{(await camera.incident()).id}"
    for answer in (
        await owner.post(f"{path}/resolve", json={"as": "real"}),
        await owner.post(f"{path}/acknowledge"),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "incident_resolved"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"as": "recovered"},
        {"as": "real", "why": "?"},
        {"outcome": "real"},
        {"as": "real", "note": "x" * 501},
        {"as": "real", "note": "a\x00b"},
        [],
    ],
)
async def test_a_wrong_resolution_is_refused(
    camera: Camera, owner: httpx2.AsyncClient, body: object
) -> None:
    await camera.judge(ABNORMAL, 0)
    incident = await camera.incident()
    answer = await owner.post(f"/v1/incidents/{incident.id}/resolve", json=body)
    assert answer.status_code == 422
    assert (await camera.incident()).state == "open"


async def test_a_foreign_incident_looks_like_a_missing_one(
    camera: Camera, stranger: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    foreign = str((await camera.incident()).id)
    for incident_id in (foreign, str(uuid4()), "nonsense"):
        for answer in (
            await stranger.get(f"/v1/incidents/{incident_id}"),
            await stranger.post(f"/v1/incidents/{incident_id}/acknowledge"),
            await stranger.post(f"/v1/incidents/{incident_id}/resolve", json={"as": "real"}),
        ):
            assert answer.status_code == 404
            assert answer.json()["code"] == "incident_not_found"
    assert (await camera.incident()).state == "open"
    assert (await get(stranger, "/v1/incidents"))["incidents"] == []
    assert (await get(stranger, "/v1/deliveries"))["deliveries"] == []


async def test_deliveries_are_listed_newest_first(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge_all("ann")
    first = await get(owner, "/v1/deliveries", limit=1)
    rest = await get(owner, "/v1/deliveries", limit=1, cursor=first["next_cursor"])
    assert [each["kind"] for each in first["deliveries"] + rest["deliveries"]] == [
        "recovered",
        "opened",
    ]
    opened = rest["deliveries"][0]
    assert opened["incident_id"] == str((await camera.incident()).id)
    assert (opened["status"], opened["attempts"]) == ("pending", 0)
    assert (opened["channel"], opened["recipient"]) == ("email", camera.owner.email)
    assert rest["next_cursor"] is None


async def test_viewers_read_but_do_not_write(base_url: str, camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    path = f"/v1/incidents/{(await camera.incident()).id}"
    viewer = await make_user(camera.database, camera.owner.organization_id, role=Role.VIEWER)
    async with signed_in(base_url, viewer) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.post(f"{path}/acknowledge")).status_code == 403
        assert (await client.post(f"{path}/resolve", json={"as": "real"})).status_code == 403
        assert (await client.get("/v1/notifications")).status_code == 200
        assert (await client.put("/v1/notifications", json={})).status_code == 403


@pytest.mark.parametrize("path", ["incidents", "deliveries", "notifications"])
async def test_strangers_without_a_credential_are_sent_away(
    client: httpx2.AsyncClient, path: str
) -> None:
    assert (await client.get(f"/v1/{path}")).status_code == 401
