"""The pages of the platform's people: organizations, activation codes, units."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from cloud.accounts.platform_admins import keep_platform_admin
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import fresh_email
from tests.factories import make_organization, make_user
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of

PAGES = ["/ui/admin/organizations", "/ui/admin/codes", "/ui/admin/devices"]


@pytest.fixture
async def browser(
    base_url: str, database: Database, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """Of somebody who runs this Visant."""
    email = fresh_email()
    keep_platform_admin(settings.data_directory, email)
    admin = await make_user(database, email=email)
    async with browsing(base_url, await session_of(database, settings, admin)) as browser:
        yield browser


async def follow(browser: httpx2.AsyncClient, answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def test_they_are_for_the_platforms_people_only(
    owner: Owner, browser: httpx2.AsyncClient
) -> None:
    assert "/ui/admin" not in (await owner.browser.get("/ui")).text
    assert "/ui/admin/organizations" in (await browser.get("/ui")).text
    for page in PAGES:
        assert (await owner.browser.get(page)).status_code == 403
        assert (await browser.get(page)).status_code == 200


async def test_a_code_is_made_for_one_organization_changed_and_revoked(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    organization_id = await make_organization(database, name="<b>Harbour</b>")
    await make_user(database, organization_id)
    page = (await browser.get("/ui/admin/organizations")).text
    assert "&lt;b&gt;Harbour&lt;/b&gt;" in page
    link = f"/ui/admin/codes?organization_id={organization_id}"
    assert link in page
    assert f'name="organization_id" value="{organization_id}"' in (await browser.get(link)).text
    form = {
        "organization_id": str(organization_id),
        "benefit_type": "free_months",
        "benefit_value": "3",
        "max_uses": "1",
        "valid_until": "2099-12-31",
        "allowed_email_domains": "Example.com, example.org",
        "one_per_organization": "on",
    }
    made = await browser.post("/ui/admin/codes", data=form)
    path = made.headers["location"]
    page = await follow(browser, made)
    assert "3 free months" in page
    assert "example.com, example.org" in page
    assert 'value="2099-12-31"' in page
    changed = await browser.post(
        path, data={"description": "Fair", "max_uses": "", "valid_until": ""}
    )
    page = await follow(browser, changed)
    assert "Used</dt><dd>0 times" in page
    assert 'value="Fair"' in page
    assert "Revoked" in await follow(browser, await browser.post(f"{path}/revoke"))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("benefit_value", "many", "field-error"),
        ("benefit_value", "0", "from 1 to 1000"),
        ("valid_until", "someday", "valid datetime"),
        ("allowed_email_domains", "nowhere", "must be a domain"),
    ],
)
async def test_a_code_that_cannot_be_is_refused_and_the_form_kept(
    browser: httpx2.AsyncClient, field: str, value: str, sentence: str
) -> None:
    form = {"benefit_type": "device_slots", "benefit_value": "1", "description": "Fair"}
    answer = await browser.post("/ui/admin/codes", data={**form, field: value})
    assert answer.status_code == 422
    assert sentence.lower() in answer.text.lower()
    assert 'value="Fair"' in answer.text


async def test_ids_are_made_in_a_batch_to_copy(browser: httpx2.AsyncClient) -> None:
    made = await browser.post("/ui/admin/devices", data={"quantity": "3", "batch_id": "A & B"})
    page = await follow(browser, made)
    assert "Batch A &amp; B" in page
    assert len(set(re.findall(r"<strong>(VS-[\w-]+)</strong>", page))) == 3
    refused = await browser.post("/ui/admin/devices", data={"quantity": "1001"})
    assert refused.status_code == 422
    assert "rom 1 to 1000" in refused.text
