"""The platform's people: making units and keeping activation codes."""

import re
from typing import Any

import pytest

from cloud.kit.database import Database
from tests.devices.arranging import Signed, make_unit, read_audit


async def make_code(admin: Signed, **values: Any) -> dict[str, Any]:
    body = {"benefit_type": "device_slots", "benefit_value": 1, **values}
    answer = await admin.client.post("/v1/admin/activation-codes", json=body)
    assert answer.status_code == 201
    code: dict[str, Any] = answer.json()
    return code


async def test_units_are_made_with_ids_to_print(
    platform_admin: Signed, owner: Signed, database: Database
) -> None:
    answer = await platform_admin.client.post(
        "/v1/admin/devices", json={"quantity": 1000, "batch_id": "2026-11"}
    )
    assert answer.status_code == 201
    ids = answer.json()["device_ids"]
    assert len(set(ids)) == 1000
    assert [unit["device_id"] for unit in answer.json()["devices"]] == ids
    assert all(re.fullmatch(r"VS(-[0-9A-HJKMNP-TV-Z]{4}){3}", id_) for id_ in ids)
    validated = await owner.client.post("/v1/devices/validate", json={"device_id": ids[0]})
    assert validated.json()["status"] == "available"
    entry = (await read_audit(database, platform_admin.someone))[-1]
    assert (entry.action, entry.detail) == ("units.made", {"quantity": 1000})


@pytest.mark.parametrize("quantity", [0, 1001, 1.5, "10"])
async def test_a_batch_has_one_to_a_thousand_units(platform_admin: Signed, quantity: Any) -> None:
    answer = await platform_admin.client.post("/v1/admin/devices", json={"quantity": quantity})
    assert answer.status_code == 422
    assert "from 1 to 1000" in answer.json()["errors"][0]["message"]


async def test_a_batch_is_listed_page_by_page(platform_admin: Signed) -> None:
    made = await platform_admin.client.post(
        "/v1/admin/devices", json={"quantity": 5, "batch_id": "paged"}
    )
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2", "batch_id": "paged"} | ({"cursor": cursor} if cursor else {})
        page = (await platform_admin.client.get("/v1/admin/devices", params=params)).json()
        seen += [unit["device_id"] for unit in page["devices"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made.json()["device_ids"])


async def test_an_active_unit_shows_whose_it_is(
    platform_admin: Signed, owner: Signed, database: Database
) -> None:
    unit_id = await make_unit(database)
    await owner.client.post("/v1/devices/activate", json={"device_id": unit_id})
    page = (await platform_admin.client.get("/v1/admin/devices?limit=200")).json()
    found = next(unit for unit in page["devices"] if unit["device_id"] == unit_id)
    assert found["organization_id"] == str(owner.someone.organization_id)


async def test_a_generated_code_has_eighty_bits(platform_admin: Signed) -> None:
    code = await make_code(platform_admin)
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", code["code"])
    assert (code["uses_count"], code["redemptions"], code["revoked_at"]) == (0, [], None)


async def test_a_code_keeps_its_spelling_and_is_found_by_any(platform_admin: Signed) -> None:
    made = await make_code(
        platform_admin, code="HELLO-Pilot-26", allowed_email_domains=["@Example.COM"]
    )
    found = await platform_admin.client.get("/v1/admin/activation-codes/he110pilot26")
    assert made["code"] == "HELLO-Pilot-26"
    assert made["allowed_email_domains"] == ["example.com"]
    assert found.json() == made
    await platform_admin.client.delete("/v1/admin/activation-codes/HELLO-Pilot-26")


async def test_null_domains_are_any(platform_admin: Signed) -> None:
    code = await make_code(platform_admin, allowed_email_domains=None)
    assert code["allowed_email_domains"] == []
    path = f"/v1/admin/activation-codes/{code['code']}"
    await platform_admin.client.patch(path, json={"allowed_email_domains": ["example.com"]})
    lifted = await platform_admin.client.patch(path, json={"allowed_email_domains": None})
    assert (lifted.status_code, lifted.json()["allowed_email_domains"]) == (200, [])


async def test_a_spelling_that_is_taken_is_a_conflict(platform_admin: Signed) -> None:
    code = (await make_code(platform_admin))["code"]
    body = {"code": code.lower(), "benefit_type": "device_slots", "benefit_value": 1}
    answer = await platform_admin.client.post("/v1/admin/activation-codes", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "activation_code_exists")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "AB-1"}, "code"),
        ({"code": "WEL COME"}, "code"),
        ({"benefit_type": "gold"}, "benefit_type"),
        ({"benefit_value": 0}, "benefit_value"),
        ({"max_uses": 0}, "max_uses"),
        ({"valid_until": "2026-11-22T07:30:00"}, "valid_until"),
        ({"allowed_email_domains": ["not a domain"]}, "allowed_email_domains.0"),
        (
            {"valid_from": "2027-01-02T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"},
            "valid_until",
        ),
        ({"uses_count": 5}, "uses_count"),
    ],
)
async def test_a_code_that_makes_no_sense_is_refused(
    platform_admin: Signed, values: dict[str, Any], field: str
) -> None:
    body = {"benefit_type": "device_slots", "benefit_value": 1, **values}
    answer = await platform_admin.client.post("/v1/admin/activation-codes", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_redemption_is_shown_with_its_code(
    platform_admin: Signed, owner: Signed, database: Database
) -> None:
    code = (await make_code(platform_admin))["code"]
    unit_id = await make_unit(database)
    await owner.client.post(
        "/v1/devices/activate", json={"device_id": unit_id, "activation_code": code}
    )
    listed = (await platform_admin.client.get("/v1/admin/activation-codes?limit=200")).json()
    found = next(one for one in listed["items"] if one["code"] == code)
    assert found["uses_count"] == 1
    redemption = found["redemptions"][0]
    assert redemption["organization_id"] == str(owner.someone.organization_id)
    assert redemption["user_id"] == str(owner.someone.user_id)
    assert redemption["device_id"] == unit_id


async def test_codes_are_listed_page_by_page_newest_first(platform_admin: Signed) -> None:
    first, second = (
        (await make_code(platform_admin))["code"],
        (await make_code(platform_admin))["code"],
    )
    page = (await platform_admin.client.get("/v1/admin/activation-codes?limit=1")).json()
    after = (
        await platform_admin.client.get(
            "/v1/admin/activation-codes", params={"limit": "1", "cursor": page["next_cursor"]}
        )
    ).json()
    assert [one["code"] for one in page["items"] + after["items"]] == [second, first]


async def test_a_change_touches_only_what_was_sent(platform_admin: Signed) -> None:
    made = await make_code(platform_admin, max_uses=3, description="Fair")
    path = f"/v1/admin/activation-codes/{made['code']}"
    changed = await platform_admin.client.patch(path, json={"max_uses": None})
    assert changed.json() == {**made, "max_uses": None}
    assert (await platform_admin.client.get(path)).json() == changed.json()


async def test_a_withdrawn_code_is_gone_for_those_who_redeem_it(
    platform_admin: Signed, owner: Signed, database: Database
) -> None:
    code = (await make_code(platform_admin))["code"]
    path = f"/v1/admin/activation-codes/{code}"
    assert (await platform_admin.client.delete(path)).status_code == 204
    assert (await platform_admin.client.get(path)).json()["revoked_at"] is not None
    answer = await owner.client.post(
        "/v1/devices/activate",
        json={"device_id": await make_unit(database), "activation_code": code},
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "activation_code_revoked")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_code_that_is_not_there_is_not_found(platform_admin: Signed, method: str) -> None:
    answer = await platform_admin.client.request(
        method, "/v1/admin/activation-codes/NONE-SUCH", json={} if method == "PATCH" else None
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "activation_code_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "devices"),
        ("GET", "devices"),
        ("POST", "activation-codes"),
        ("GET", "activation-codes"),
        ("GET", "activation-codes/ABCD"),
        ("PATCH", "activation-codes/ABCD"),
        ("DELETE", "activation-codes/ABCD"),
    ],
)
async def test_owners_are_no_platform_admins(owner: Signed, method: str, path: str) -> None:
    body = {"quantity": 1, "benefit_type": "device_slots", "benefit_value": 1}
    answer = await owner.client.request(
        method, f"/v1/admin/{path}", json=body if method in {"POST", "PATCH"} else None
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_platform_admin")
