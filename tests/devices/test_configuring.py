"""The config document over HTTP: defaults, merging, ranges, versions."""

import json
from typing import Any

import httpx2
import pytest

from cloud.accounts.models import Role
from cloud.kit.database import Database
from tests.devices.arranging import Signed, read_audit
from tests.factories import SomeDevice, make_device, make_user, signed_in


@pytest.fixture
async def device(owner: Signed, database: Database) -> SomeDevice:
    return await make_device(database, owner.someone.organization_id)


@pytest.fixture
def path(device: SomeDevice) -> str:
    return f"/v1/devices/{device.unit_id}/config"


async def test_a_new_device_has_the_whole_document_by_default(owner: Signed, path: str) -> None:
    answer = await owner.client.get(path)
    document = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert document["capture"] == {"width": 1280, "height": 720, "quality": 85, "warmup": 1.0}
    assert document["trigger"]["interval_seconds"] == 300
    assert document["evaluation"] == {
        "classifier": "baseline",
        "secondary": None,
        "consensus": False,
        "when_incomplete": "accept",
        "fallback": None,
        "min_confidence": 0.5,
        "examples": 0,
    }
    assert document["alerting"] == {"open_after": 1, "of": 1, "close_after": 2}
    assert document["privacy"] == {"masks": []}
    assert document["digital_output_enabled"] is False


async def test_a_change_merges_by_section_and_raises_the_version(owner: Signed, path: str) -> None:
    await owner.client.put(path, json={"capture": {"width": 640}, "heartbeat": {}})
    answer = await owner.client.put(path, json={"capture": {"quality": 60}})
    assert answer.headers["etag"] == '"3"'
    assert answer.json()["capture"] == {"width": 640, "height": 720, "quality": 60, "warmup": 1.0}
    assert (await owner.client.get(path)).json() == answer.json()


async def test_what_was_read_can_be_sent_back_whole(owner: Signed, path: str) -> None:
    await owner.client.put(path, json={"similarity": {"max_distance": 5}})
    document = (await owner.client.get(path)).json()
    answer = await owner.client.put(path, json=document)
    assert answer.json() == document


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"trigger": {"interval_seconds": 6}}, "trigger.interval_seconds", "from 7 to 86400"),
        ({"capture": {"quality": 101}}, "capture.quality", "from 30 to 100"),
        ({"capture": {"width": 640.5}}, "capture.width", "whole number from 160 to 8192"),
        ({"capture": {"width": True}}, "capture.width", "from 160 to 8192"),
        ({"capture": {"warmup": "1"}}, "capture.warmup", "from 0 to 30"),
        ({"heartbeat": {"interval_seconds": 4}}, "heartbeat.interval_seconds", "from 5 to 3600"),
        ({"evaluation": {"min_confidence": 1.1}}, "evaluation.min_confidence", "from 0 to 1"),
        ({"evaluation": {"classifier": "oracle"}}, "evaluation.classifier", "'baseline'"),
        ({"alerting": {"close_after": 0}}, "alerting.close_after", "from 1 to 20"),
        ({"similarity": {"max_distance": 65}}, "similarity.max_distance", "from 0 to 64"),
        ({"streak": {"keep_every": 0}}, "streak.keep_every", "from 1 to 1000"),
        ({"privacy": {"masks": [[[0, 0], [1, 1]]]}}, "privacy.masks.0", "at least 3"),
        ({"privacy": {"masks": [[[0, 2], [1, 1], [0, 1]]]}}, "privacy.masks.0.0.1", "from 0 to 1"),
        ({"capture": {"shutter": 1}}, "capture.shutter", "not permitted"),
        ({"weather": {}}, "weather", "not permitted"),
    ],
)
async def test_a_value_out_of_range_is_refused_by_name_and_range(
    owner: Signed, path: str, change: dict[str, Any], field: str, said: str
) -> None:
    answer = await owner.client.put(path, json=change)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert said in error["message"]
    assert (await owner.client.get(path)).headers["etag"] == '"1"'


async def test_no_number_at_all_is_refused_too(owner: Signed, path: str) -> None:
    body = json.dumps({"capture": {"warmup": float("nan")}})
    answer = await owner.client.put(
        path, content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"evaluation": {"consensus": True}}, "evaluation.secondary"),
        ({"evaluation": {"secondary": "baseline"}}, "evaluation.secondary"),
        ({"alerting": {"open_after": 3}}, "alerting.open_after"),
    ],
)
async def test_values_that_contradict_each_other_are_refused(
    owner: Signed, path: str, change: dict[str, Any], field: str
) -> None:
    answer = await owner.client.put(path, json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, "config_contradictory")
    assert answer.json()["errors"][0]["field"] == field


async def test_values_may_be_sensible_together_with_what_is_stored(
    owner: Signed, path: str
) -> None:
    await owner.client.put(path, json={"evaluation": {"secondary": "openai"}})
    answer = await owner.client.put(path, json={"evaluation": {"consensus": True}})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"1"', 200), ("*", 200), ('"7", "1"', 200), ('"2"', 412), ('W/"1"', 412), ("1", 428)],
)
async def test_if_match_lets_only_its_own_version_be_changed(
    owner: Signed, path: str, if_match: str, status: int
) -> None:
    answer = await owner.client.put(
        path, json={"capture": {"quality": 50}}, headers={"If-Match": if_match}
    )
    assert answer.status_code == status
    quality = (await owner.client.get(path)).json()["capture"]["quality"]
    assert quality == (50 if status == 200 else 85)


async def test_a_device_reads_its_own_document_and_no_others(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, path: str, database: Database
) -> None:
    other = await make_device(database, owner.someone.organization_id)
    own = await client.get(path, headers=device.headers)
    others = await client.get(path, headers=other.headers)
    assert own.json() == (await owner.client.get(path)).json()
    assert (others.status_code, others.json()["code"]) == (404, "device_not_found")


async def test_a_device_cannot_change_its_document(
    client: httpx2.AsyncClient, device: SomeDevice, path: str
) -> None:
    answer = await client.put(path, json={"capture": {"quality": 50}}, headers=device.headers)
    assert answer.status_code == 401


async def test_a_paused_device_is_told_to_take_nothing_by_itself(
    owner: Signed, client: httpx2.AsyncClient, device: SomeDevice, path: str
) -> None:
    await owner.client.patch(f"/v1/devices/{device.unit_id}", json={"status": "paused"})
    told = await client.get(path, headers=device.headers)
    assert told.json()["trigger"]["enabled"] is False
    assert told.headers["etag"] == '"2"'
    assert (await owner.client.get(path)).json()["trigger"]["enabled"] is True


async def test_a_change_is_noted_with_its_sections(
    owner: Signed, path: str, database: Database
) -> None:
    await owner.client.put(path, json={"trigger": {"interval_seconds": 60}})
    entry = (await read_audit(database, owner.someone))[-1]
    assert (entry.action, entry.detail["sections"]) == ("device.configured", ["trigger"])


async def test_viewers_read_and_do_not_change(
    owner: Signed, path: str, database: Database, base_url: str
) -> None:
    viewer = await make_user(database, owner.someone.organization_id, role=Role.VIEWER)
    async with signed_in(base_url, viewer) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.put(path, json={})).status_code == 403
