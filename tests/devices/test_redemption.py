"""Redeeming activation codes: what they give, when they do not, and never once too often."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from cloud.devices.models import ActivationCode, BenefitType
from cloud.devices.redemption import add_months
from cloud.devices.spelling import normal_code
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.devices.arranging import Signed, make_code, make_unit, owner_of
from tests.factories import make_user, signed_in

DAY = timedelta(days=1)


async def redeem(client: httpx2.AsyncClient, database: Database, code: str) -> httpx2.Response:
    body = {"device_id": await make_unit(database), "activation_code": code}
    return await client.post("/v1/devices/activate", json=body)


async def read_organization(signed: Signed) -> dict[str, Any]:
    found: dict[str, Any] = (await signed.client.get("/v1/organization")).json()
    return found


async def test_a_code_for_a_slot_gives_the_slot_that_the_activation_needs(
    database: Database, base_url: str
) -> None:
    code = await make_code(database, benefit_value=2)
    async with owner_of(database, base_url, device_limit=0) as owner:
        answer = await redeem(owner.client, database, code.lower())
        organization = await read_organization(owner)
    assert answer.status_code == 201
    assert answer.json()["benefit"] == {
        "type": "device_slots",
        "value": 2,
        "message": "2 more cameras for your organization.",
    }
    assert (organization["device_limit"], organization["devices_active"]) == (2, 1)


async def test_days_are_added_to_the_trial_that_is_left(owner: Signed, database: Database) -> None:
    before = datetime.fromisoformat((await read_organization(owner))["subscription"]["ends_at"])
    code = await make_code(database, benefit_type=BenefitType.TRIAL_EXTENSION, benefit_value=14)
    await redeem(owner.client, database, code)
    after = datetime.fromisoformat((await read_organization(owner))["subscription"]["ends_at"])
    assert after - before == 14 * DAY


async def test_months_are_calendar_months(owner: Signed, database: Database) -> None:
    before = datetime.fromisoformat((await read_organization(owner))["subscription"]["ends_at"])
    code = await make_code(database, benefit_type=BenefitType.FREE_MONTHS, benefit_value=3)
    await redeem(owner.client, database, code)
    after = datetime.fromisoformat((await read_organization(owner))["subscription"]["ends_at"])
    assert after == add_months(before, 3)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2026-11-30", 13, "2027-12-30"),
        ("2026-06-15", 12, "2027-06-15"),
    ],
)
def test_a_month_that_is_too_short_ends_earlier(start: str, months: int, end: str) -> None:
    at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert add_months(at, months) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({"valid_until": utc_now() - DAY}, 410, "activation_code_expired"),
        ({"revoked_at": utc_now()}, 410, "activation_code_revoked"),
        ({"max_uses": 3, "uses_count": 3}, 410, "activation_code_used_up"),
        ({"valid_from": utc_now() + DAY}, 422, "activation_code_not_yet_valid"),
        ({"allowed_email_domains": ["other.test"]}, 403, "activation_code_domain"),
    ],
)
async def test_a_code_that_may_not_be_redeemed_says_why(
    owner: Signed, database: Database, values: dict[str, Any], status: int, word: str
) -> None:
    answer = await redeem(owner.client, database, await make_code(database, **values))
    assert (answer.status_code, answer.json()["code"]) == (status, word)


async def test_a_wrong_code_and_one_meant_for_another_organization_look_alike(
    owner: Signed, stranger: Signed, database: Database
) -> None:
    theirs = await make_code(database, organization_id=stranger.someone.organization_id)
    wrong = await redeem(owner.client, database, "NO-SUCH-CODE")
    foreign = await redeem(owner.client, database, theirs)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "activation_code_invalid")
    assert foreign.json() == wrong.json()
    assert (await redeem(stranger.client, database, theirs)).status_code == 201


async def test_a_code_for_a_domain_needs_a_verified_address(
    database: Database, base_url: str
) -> None:
    code = await make_code(database, allowed_email_domains=["example.test"], max_uses=2)
    unverified = await make_user(database, verified=False)
    verified = await make_user(database)
    async with signed_in(base_url, unverified) as client:
        refused = await redeem(client, database, code)
    async with signed_in(base_url, verified) as client:
        taken = await redeem(client, database, code)
    assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")
    assert taken.status_code == 201


async def test_an_organization_redeems_a_code_once_unless_it_allows_more(
    owner: Signed, database: Database
) -> None:
    once, often = (
        await make_code(database),
        await make_code(database, one_per_organization=False),
    )
    statuses = [
        (await redeem(owner.client, database, code)).status_code
        for code in (once, once, often, often)
    ]
    assert statuses == [201, 409, 201, 201]


async def test_a_code_for_five_is_redeemed_five_times_by_forty_at_once(
    database: Database, base_url: str
) -> None:
    code = await make_code(database, max_uses=5, one_per_organization=False)
    async with AsyncExitStack() as stack:
        owners = [
            await stack.enter_async_context(owner_of(database, base_url, device_limit=0))
            for _ in range(20)
        ]
        answers = await asyncio.gather(
            *(insist(owner.client, database, code) for owner in owners for _ in range(2))
        )
    outcomes = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert outcomes.count((201, None)) == 5
    assert outcomes.count((410, "activation_code_used_up")) == 35
    async with database.work() as work:
        uses = await work.scalar(
            select(ActivationCode.uses_count).where(ActivationCode.code == normal_code(code))
        )
    assert uses == 5


async def insist(client: httpx2.AsyncClient, database: Database, code: str) -> httpx2.Response:
    """Redeem, and again while the server is too busy to say yes or no."""
    answer = await redeem(client, database, code)
    while answer.status_code == 503:
        answer = await redeem(client, database, code)
    return answer
