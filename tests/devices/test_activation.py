"""Activating units: who may, when a slot is free, and what is never half-done."""

import asyncio
import re

import pytest

from cloud.accounts.models import Role
from cloud.devices.models import BenefitType
from cloud.kit.database import Database
from tests.devices.arranging import Signed, make_code, make_unit, owner_of, read_audit
from tests.factories import make_device, make_user, signed_in


async def test_a_free_unit_becomes_a_device_with_a_key_that_works(
    owner: Signed, database: Database, base_url: str
) -> None:
    unit_id = await make_unit(database)
    answer = await owner.client.post(
        "/v1/devices/activate", json={"device_id": unit_id, "friendly_name": "Yard"}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body["device"]["device_id"] == unit_id
    assert body["device"]["friendly_name"] == "Yard"
    assert body["device"]["latest_capture"] is None
    assert body["benefit"] is None
    config = await owner.client.get(
        f"/v1/devices/{unit_id}/config", headers={"Authorization": f"Bearer {body['device_key']}"}
    )
    assert config.status_code == 200
    actions = [entry.action for entry in await read_audit(database, owner.someone)]
    assert actions == ["device.activated"]


async def test_command_and_qr_carry_a_pairing_code_and_never_the_key(
    owner: Signed, database: Database
) -> None:
    unit_id = await make_unit(database)
    answer = await owner.client.post("/v1/devices/activate", json={"device_id": unit_id})
    body = answer.json()
    assert re.fullmatch(
        r"python -m device pair --url http\S+ --code (\w{4}-){2}\w{4}", body["setup_command"]
    )
    assert body["qr_code_svg"].startswith("<svg ")
    assert body["device_key"] not in body["setup_command"]
    assert "no-store" in answer.headers["cache-control"]


async def test_a_unit_id_is_found_however_it_is_typed(owner: Signed, database: Database) -> None:
    unit_id = await make_unit(database)
    typed = unit_id.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = await owner.client.post("/v1/devices/validate", json={"device_id": typed})
    assert answer.json()["device_id"] == unit_id


async def test_a_free_unit_validates_as_available_and_ones_own_as_yours(
    owner: Signed, database: Database
) -> None:
    free, mine = (
        await make_unit(database),
        await make_device(database, owner.someone.organization_id),
    )
    available = await owner.client.post("/v1/devices/validate", json={"device_id": free})
    yours = await owner.client.post("/v1/devices/validate", json={"device_id": mine.unit_id})
    assert (available.json()["status"], available.json()["can_activate"]) == ("available", True)
    assert (yours.json()["status"], yours.json()["can_activate"]) == ("yours", False)


async def test_without_a_slot_validation_says_so(database: Database, base_url: str) -> None:
    async with owner_of(database, base_url, device_limit=0) as owner:
        answer = await owner.client.post(
            "/v1/devices/validate", json={"device_id": await make_unit(database)}
        )
    assert answer.json()["can_activate"] is False
    assert "activation code" in answer.json()["message"]


@pytest.mark.parametrize("call", ["validate", "activate"])
async def test_an_unknown_unit_is_not_found(owner: Signed, call: str) -> None:
    answer = await owner.client.post(f"/v1/devices/{call}", json={"device_id": "VS-0000-0000-0000"})
    assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")


@pytest.mark.parametrize("call", ["validate", "activate"])
async def test_a_unit_that_is_anothers_is_a_conflict(
    owner: Signed, stranger: Signed, database: Database, call: str
) -> None:
    theirs = await make_device(database, stranger.someone.organization_id)
    answer = await owner.client.post(f"/v1/devices/{call}", json={"device_id": theirs.unit_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "device_taken")


async def test_a_unit_cannot_be_activated_twice(owner: Signed, database: Database) -> None:
    unit_id = await make_unit(database)
    await owner.client.post("/v1/devices/activate", json={"device_id": unit_id})
    again = await owner.client.post("/v1/devices/activate", json={"device_id": unit_id})
    assert (again.status_code, again.json()["code"]) == (409, "device_already_active")


async def test_without_a_slot_nothing_is_activated(database: Database, base_url: str) -> None:
    async with owner_of(database, base_url, device_limit=1) as owner:
        first, second = await make_unit(database), await make_unit(database)
        await owner.client.post("/v1/devices/activate", json={"device_id": first})
        refused = await owner.client.post("/v1/devices/activate", json={"device_id": second})
        listed = await owner.client.get("/v1/devices")
    assert (refused.status_code, refused.json()["code"]) == (402, "no_device_slot")
    assert [device["device_id"] for device in listed.json()["devices"]] == [first]


async def test_of_many_activations_at_once_only_as_many_succeed_as_there_are_slots(
    database: Database, base_url: str
) -> None:
    async with owner_of(database, base_url, device_limit=2) as owner:
        units = [await make_unit(database) for _ in range(6)]
        answers = await asyncio.gather(
            *(owner.client.post("/v1/devices/activate", json={"device_id": u}) for u in units)
        )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 402, 402, 402, 402]


async def test_of_two_organizations_at_once_one_gets_the_unit(
    owner: Signed, stranger: Signed, database: Database
) -> None:
    unit_id = await make_unit(database)
    answers = await asyncio.gather(
        *(
            one.client.post("/v1/devices/activate", json={"device_id": unit_id})
            for one in (owner, stranger)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_members_cannot_activate(owner: Signed, database: Database, base_url: str) -> None:
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as client:
        unit_id = await make_unit(database)
        validated = await client.post("/v1/devices/validate", json={"device_id": unit_id})
        refused = await client.post("/v1/devices/activate", json={"device_id": unit_id})
    assert validated.json()["can_activate"] is False
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")


@pytest.mark.parametrize("call", ["validate", "activate"])
async def test_the_eleventh_try_within_a_minute_is_refused(owner: Signed, call: str) -> None:
    body = {"device_id": "VS-0000-0000-0000"}
    statuses = [
        (await owner.client.post(f"/v1/devices/{call}", json=body)).status_code for _ in range(11)
    ]
    assert statuses == [404] * 10 + [429]


async def test_a_failed_activation_uses_up_no_code(owner: Signed, database: Database) -> None:
    code = await make_code(database, benefit_type=BenefitType.TRIAL_EXTENSION, max_uses=1)
    taken = await make_device(database, owner.someone.organization_id)
    body = {"device_id": taken.unit_id, "activation_code": code}
    assert (await owner.client.post("/v1/devices/activate", json=body)).status_code == 409
    body = {"device_id": await make_unit(database), "activation_code": code}
    assert (await owner.client.post("/v1/devices/activate", json=body)).status_code == 201


async def test_nobody_without_a_credential_gets_in(owner: Signed, base_url: str) -> None:
    answer = await owner.client.post(
        "/v1/devices/activate", json={"device_id": "VS"}, headers={"Authorization": ""}
    )
    assert answer.status_code == 401
