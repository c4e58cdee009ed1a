"""In a real browser: somebody is invited, joins by the mail, may little, may more, is taken out."""

from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from cloud.accounts.cookies import cookie_name
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_device, make_user
from tests.web.conftest import MailedToken
from tests.web.driving import Window, open_window, somewhere
from tests.web.visitors import session_of

pytestmark = pytest.mark.browser


async def open_browser(browser: Browser, base_url: str) -> Window:
    context = await browser.new_context(base_url=base_url, extra_http_headers=somewhere())
    return await open_window(context)


async def test_from_an_invitation_to_being_taken_out(
    browser: Browser,
    base_url: str,
    database: Database,
    settings: Settings,
    mailed_token: MailedToken,
) -> None:
    owner = await make_user(database)
    device = await make_device(database, owner.organization_id, friendly_name="Tool wall")
    email = f"{uuid4().hex[:12]}@example.test"
    token = (await session_of(database, settings, owner))[cookie_name(settings)]
    inviting = await open_browser(browser, base_url)
    await inviting.page.context.add_cookies(
        [{"name": cookie_name(settings), "value": token, "url": base_url}]
    )
    await inviting.page.goto("/ui/settings/members")
    await inviting.page.fill("#field-email", email)
    await inviting.page.select_option("#invited-role", "viewer")
    await inviting.page.get_by_role("button", name="Invite").click()
    await expect(inviting.page.get_by_text("A mail with a link is on its way")).to_be_visible()

    joining = await open_browser(browser, base_url)
    link = await mailed_token(email, "signup")
    await joining.page.goto(f"/signup?invitation={link}")
    await expect(joining.page.get_by_text("asks you in as a viewer")).to_be_visible()
    await joining.page.fill("#field-password", "kettle lantern orchard")
    await joining.page.get_by_role("button", name="Join").click()
    await expect(joining.page.get_by_text("Tool wall").first).to_be_visible()
    await joining.page.goto(f"/ui/cameras/{device.unit_id}")
    trigger = joining.page.get_by_role("button", name="Take a picture")
    await expect(joining.page.get_by_role("heading", name="Tool wall")).to_be_visible()
    await expect(trigger).to_have_count(0)

    await inviting.page.goto("/ui/settings/members")
    await inviting.page.get_by_label(f"Role of {email}", exact=True).select_option("member")
    await inviting.page.get_by_role("button", name=f"Save the role of {email}").click()
    await expect(inviting.page.get_by_text("Saved.")).to_be_visible()
    await joining.page.reload()
    await expect(trigger).to_have_count(1)

    await inviting.page.locator(f'[aria-label="Take {email} out"]').click()
    await inviting.page.locator(".sure[open]").get_by_role("button").click()
    await expect(inviting.page.get_by_text("Taken out, and logged out everywhere.")).to_be_visible()
    await expect(joining.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert inviting.complaints == []
