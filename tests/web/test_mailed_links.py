"""Proving an address from the page that the mailed link opens."""

from uuid import uuid4

from cloud.accounts.platform_admins import keep_platform_admin
from cloud.kit.settings import Settings
from tests.accounts.people import OTHER_PASSWORD, PASSWORD
from tests.web.conftest import MailedToken
from tests.web.visitors import browsing


async def test_a_stranger_who_took_a_platform_admins_address_is_not_confirmed_by_its_reader(
    base_url: str, settings: Settings, mailed_token: MailedToken
) -> None:
    email = f"{uuid4().hex[:12]}@example.test"
    keep_platform_admin(settings.data_directory, email)
    async with browsing(base_url) as squatter, browsing(base_url) as reader:
        await squatter.post("/signup", data={"email": email, "password": PASSWORD})
        token = await mailed_token(email, "verify-email")
        page = await reader.get(f"/verify-email?token={token}")
        assert "Only go on if it was you" in page.text
        assert 'name="password"' in page.text
        for guess in ({}, {"password": OTHER_PASSWORD}):
            refused = await reader.post("/verify-email", data={"token": token, **guess})
            assert refused.status_code == 401
            assert "Address confirmed" not in refused.text
        assert (await squatter.get("/ui/admin/devices")).status_code == 403

        own = await squatter.get(f"/verify-email?token={token}")
        assert 'name="password"' not in own.text
        signed_up = await reader.post("/verify-email", data={"token": token, "password": PASSWORD})
        assert "Address confirmed" in signed_up.text
        assert (await squatter.get("/ui/admin/devices")).status_code == 200


async def test_whoever_confirms_another_address_needs_no_password(
    base_url: str, mailed_token: MailedToken
) -> None:
    email = f"{uuid4().hex[:12]}@example.test"
    async with browsing(base_url) as desk, browsing(base_url) as phone:
        await desk.post("/signup", data={"email": email, "password": PASSWORD})
        token = await mailed_token(email, "verify-email")
        page = await phone.get(f"/verify-email?token={token}")
        assert "Only go on if it was you" in page.text
        assert 'name="password"' not in page.text
        assert (
            "Address confirmed" in (await phone.post("/verify-email", data={"token": token})).text
        )
