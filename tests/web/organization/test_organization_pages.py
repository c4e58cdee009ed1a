"""The organization's pages: what they show, what they change, and for whom."""

from decimal import Decimal

import httpx2

from cloud.accounts.models import AuditEntry, Role
from cloud.captures.usage import count_usage
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_device, make_user
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of


async def said_after(browser: httpx2.AsyncClient, answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def test_the_organization_is_renamed_by_administrators_only(
    owner: Owner, base_url: str, database: Database, settings: Settings
) -> None:
    path = "/ui/settings/organization"
    named = {"name": "Harbour Labs", "time_zone": "Europe/Berlin"}
    page = await said_after(owner.browser, await owner.browser.post(path, data=named))
    assert 'value="Harbour Labs"' in page
    assert 'value="Europe/Berlin"' in page
    refused = await owner.browser.post(path, data={**named, "time_zone": "Mars"})
    assert "Must be an IANA time zone." in refused.text
    member = await make_user(database, owner.someone.organization_id, role=Role.MEMBER)
    async with browsing(base_url, await session_of(database, settings, member)) as browser:
        page = (await browser.get(path)).text
        assert "An administrator can change these." in page
        assert "/ui/settings/audit" not in page
        assert (await browser.post(path, data=named)).status_code == 403
        assert (await browser.get("/ui/settings/audit")).status_code == 403
        members = (await browser.get("/ui/settings/members")).text
        assert "Invite somebody" not in members
        assert "Take out" not in members


async def test_what_cannot_be_done_to_members_is_said_on_the_page(
    owner: Owner, database: Database
) -> None:
    own = f"/ui/settings/members/{owner.someone.user_id}"
    answer = await owner.browser.post(f"{own}/remove")
    assert answer.status_code == 409
    assert "Make somebody else one first." in answer.text
    answer = await owner.browser.post(f"{own}/role", data={"role": "viewer"})
    assert "Make somebody else one first." in answer.text
    stranger = await make_user(database)
    answer = await owner.browser.post(
        "/ui/settings/invitations", data={"email": stranger.email, "role": "admin"}
    )
    assert "belongs to another organization" in answer.text
    assert f'value="{stranger.email}"' in answer.text


async def test_where_nothing_was_used_the_page_says_so(owner: Owner, database: Database) -> None:
    fresh = (await owner.browser.get("/ui/settings/usage")).text
    assert "Nothing of this was used in these days." in fresh
    assert "$0.00" in fresh
    device = await make_device(database, owner.someone.organization_id)
    async with database.work_for(device.organization_id) as work:
        await count_usage(work, device.device_id, captures=1)
    assert "Nothing was spent" in (await owner.browser.get("/ui/settings/usage")).text
    assert "<figure" in (await owner.browser.get("/ui/settings/usage?by=captures")).text


async def test_the_budget_is_set_and_its_step_is_told(owner: Owner, database: Database) -> None:
    device = await make_device(database, owner.someone.organization_id)
    async with database.work_for(device.organization_id) as work:
        await count_usage(
            work, device.device_id, captures=1234, ai_calls=40, cost_usd=Decimal("9.5")
        )
    page = await said_after(
        owner.browser, await owner.browser.post("/ui/settings/budget", data={"monthly_usd": "10"})
    )
    assert "$9.50" in page
    assert "of $10.00" in page
    assert 'aria-current="step"><strong>From 80' in page
    assert "1,234" in page
    by_captures = await owner.browser.get("/ui/settings/usage?span=30-days&by=captures")
    assert by_captures.text.count("<rect x=") == 30
    refused = await owner.browser.post("/ui/settings/budget", data={"monthly_usd": "-1"})
    assert refused.status_code == 422
    assert 'value="-1"' in refused.text
    lifted = await owner.browser.post("/ui/settings/budget", data={"monthly_usd": " "})
    assert "no budget set" in await said_after(owner.browser, lifted)


async def test_the_audit_is_searched_and_paged(owner: Owner, database: Database) -> None:
    async with database.work_for(owner.someone.organization_id) as work:
        for number in range(60):
            work.add(
                AuditEntry(
                    organization_id=work.organization_id,
                    actor="anna@example.test",
                    action="device.edited" if number % 2 else "capture.deleted",
                    subject=f"VS-{number:02}",
                )
            )
    everything = (await owner.browser.get("/ui/settings/audit")).text
    assert everything.count("anna@example.test<") == 50
    query = "who=anna%40example.test&about=device"
    page = (await owner.browser.get(f"/ui/settings/audit?{query}")).text
    assert page.count("Device edited") == 30
    assert "Capture deleted" not in page
    nothing = await owner.browser.get("/ui/settings/audit?until=2020-01-01&since=whenever")
    assert "Nothing was done that fits." in nothing.text
    assert (await owner.browser.get("/ui/settings/audit?since=9999-12-31")).status_code == 200


async def test_an_organization_ends_once_its_name_is_typed(owner: Owner) -> None:
    path, name = "/ui/settings/data", "Test organization"
    refused = await owner.browser.post(f"{path}/deletion", data={"name": f"{name} & Sons"})
    assert refused.status_code == 422, refused.text
    assert name in refused.text
    assert (await owner.browser.get(path)).status_code == 200
    answer = await owner.browser.post(f"{path}/deletion", data={"name": name})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await owner.browser.get(path)).headers["location"].startswith("/login")
