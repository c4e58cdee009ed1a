"""Every page over real HTTP: who sees it, who is led to the log-in page, what forms do."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import URL, select

from cloud.accounts.models import Role
from cloud.alerts.models import IncidentKind
from cloud.alerts.notifications import read_notifications
from cloud.alerts.standing import open_standing
from cloud.app import make_app
from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.devices.models import Device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.headers import CONTENT_SECURITY_POLICY
from cloud.kit.settings import Environment, Settings
from cloud.web.organization.tabs import TABS as ORGANIZATION_TABS
from cloud.web.settings.tabs import TABS
from tests.factories import make_capture, make_device, make_user
from tests.full_organization import FullOrganization, make_full_organization
from tests.web.conftest import MailedToken, Owner
from tests.web.visitors import FROM_ELSEWHERE, browsing, session_of

PASSWORD = "kettle lantern orchard"
OF_STRANGERS = ["/", "/signup", "/login", "/forgot-password", "/reset-password", "/verify-email"]
OF_USERS = [
    "/ui",
    "/ui/cameras/{device_id}",
    "/ui/cameras/{device_id}/figures",
    "/ui/captures/{record_id}",
    "/ui/devices",
    "/ui/devices/add",
    "/ui/devices/{device_id}/setup",
    "/ui/devices/{device_id}/settings",
    *[f"/ui/devices/{{device_id}}/settings/{tab.name}" for tab in TABS],
    "/ui/incidents",
    "/ui/incidents/{incident_id}",
    "/ui/notifications",
    "/ui/notifications/preview",
    "/ui/devices/{device_id}/settings/notifications/preview",
    "/ui/deliveries",
    *[tab.address for tab in ORGANIZATION_TABS],
    "/ui/shares",
    "/ui/shares/{share_link_id}",
    "/ui/cameras/{device_id}/share",
]
INTERNAL_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AS_PROGRAMS_GET_IT = "<pre.*?</pre>"
PARTS = ["card?view=grid", "card?view=camera", "thumbnail", "image"]


@pytest.fixture(scope="module")
async def full(app: FastAPI, database: Database) -> FullOrganization:
    return await make_full_organization(database, app.state.store, canary="seen")


@pytest.fixture
async def member(
    base_url: str, database: Database, settings: Settings, full: FullOrganization
) -> AsyncIterator[httpx2.AsyncClient]:
    cookies = await session_of(database, settings, full.owner)
    async with browsing(base_url, cookies) as browser:
        yield browser


def address(page: str, full: FullOrganization) -> str:
    return page.format(**vars(full.ids))


@pytest.mark.parametrize("page", OF_STRANGERS)
async def test_a_stranger_sees_the_pages_for_strangers(
    stranger: httpx2.AsyncClient, page: str
) -> None:
    answer = await stranger.get(page)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("page", OF_USERS)
async def test_a_user_sees_each_page_and_nothing_keeps_it(
    member: httpx2.AsyncClient, full: FullOrganization, page: str
) -> None:
    answer = await member.get(address(page, full))
    assert answer.status_code == 200
    assert "</html>" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    words = re.sub(AS_PROGRAMS_GET_IT + r"|<[^>]*>", " ", answer.text, flags=re.DOTALL)
    assert INTERNAL_ID.findall(words) == [], "only a device's id is for people"


@pytest.mark.parametrize("page", OF_USERS)
async def test_a_stranger_is_led_to_the_login_page_and_back(
    stranger: httpx2.AsyncClient, full: FullOrganization, page: str
) -> None:
    wanted = address(page, full) + "?limit=5"
    answer = await stranger.get(wanted)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={quote(wanted, safe='')}"
    login = await stranger.get(answer.headers["location"])
    assert f'name="next" value="{wanted}"' in login.text


async def test_programs_and_scripts_hear_401_where_a_browser_is_led_away(
    stranger: httpx2.AsyncClient,
) -> None:
    program = await stranger.get("/ui", headers={"Accept": "application/json"})
    assert program.status_code == 401
    assert program.json()["code"] == "not_signed_in"
    assert (await stranger.get("/ui", headers={"HX-Request": "true"})).status_code == 401


PRESSED_BY_MAIL_PROGRAMS = "/mailed"
"""The token in the address is the leave, and no cookie counts there."""


@pytest.mark.parametrize("part", PARTS)
async def test_parts_of_pages_are_for_the_organization_only(
    stranger: httpx2.AsyncClient,
    member: httpx2.AsyncClient,
    owner: Owner,
    full: FullOrganization,
    part: str,
) -> None:
    path = f"/ui/captures/{full.ids.record_id}/{part}"
    assert (await member.get(path)).status_code == 200
    assert (await owner.browser.get(path)).status_code == 404
    assert (await stranger.get(path)).status_code == 401


async def test_every_form_of_a_page_refuses_other_sites(app: FastAPI, owner: Owner) -> None:
    forms = [
        route.path
        for route in app.state.routes
        if "POST" in route.methods and not route.path.startswith(("/v1/", PRESSED_BY_MAIL_PROGRAMS))
    ]
    assert len(forms) >= 14
    for path in forms:
        filled = re.sub(r"{\w+}", "1", path)
        answer = await owner.browser.post(filled, headers=FROM_ELSEWHERE)
        assert answer.status_code == 403, path
        assert "came from another site" in answer.text


async def test_a_viewer_may_look_and_change_nothing(
    base_url: str, database: Database, settings: Settings, full: FullOrganization
) -> None:
    viewer = await make_user(database, full.organization_id, role=Role.VIEWER)
    async with browsing(base_url, await session_of(database, settings, viewer)) as browser:
        assert (await browser.get("/ui")).status_code == 200
        assert (await browser.get("/ui/devices/add")).status_code == 403
        refused = await browser.post(f"/ui/captures/{full.ids.record_id}/disposition")
        assert refused.status_code == 403
        assert "</html>" in refused.text


async def test_whoever_is_signed_in_keeps_the_way_around_on_an_error(
    base_url: str, database: Database, settings: Settings, full: FullOrganization
) -> None:
    viewer = await make_user(database, full.organization_id, role=Role.VIEWER)
    before = {"Referer": f"{base_url}/ui/devices"}
    async with browsing(base_url, await session_of(database, settings, viewer)) as browser:
        refused = await browser.get("/ui/devices/add", headers=before)
        missing = await browser.get("/ui/cameras/VS-NONE-NONE-NONE", headers=before)
    assert (refused.status_code, missing.status_code) == (403, 404)
    assert "You need to be an administrator of your organization for this." in refused.text
    for page in (refused, missing):
        assert 'id="rail-links"' in page.text
        assert re.search(r'<a class="button[^>]*href="/ui/devices">', page.text)
        assert "no-store" in page.headers["cache-control"]


async def test_the_front_door_answers_each_as_they_ask(
    stranger: httpx2.AsyncClient, owner: Owner
) -> None:
    about = await stranger.get("/", headers={"Accept": "application/json, text/html;q=0.5"})
    assert about.json()["name"] == "Visant"
    for link in ("docs", "health"):
        assert (await stranger.get(about.json()[link])).status_code == 200
    at_home = await owner.browser.get("/")
    assert (at_home.status_code, at_home.headers["location"]) == (303, "/ui/devices/add")


async def test_strangers_find_the_guide_from_the_first_page(stranger: httpx2.AsyncClient) -> None:
    assert 'href="/help"' in (await stranger.get("/")).text
    assert (await stranger.get("/help")).status_code == 200


async def test_where_there_is_no_device_one_button_adds_the_first(owner: Owner) -> None:
    page = (await owner.browser.get("/ui/devices")).text
    assert len(re.findall(r'<a class="button is-primary[^>]*href="/ui/devices/add"', page)) == 1


async def test_the_api_document_lists_the_api_and_no_page(stranger: httpx2.AsyncClient) -> None:
    paths = (await stranger.get("/openapi.json")).json()["paths"]
    assert "/v1/captures" in paths
    assert not [path for path in paths if path.startswith(("/ui", "/login", "/dev"))]


async def test_errors_are_pages_for_people_and_problems_for_programs(
    stranger: httpx2.AsyncClient,
) -> None:
    page = await stranger.get("/nothing-here")
    assert page.status_code == 404
    assert "Nothing here" in page.text
    for path in ("/v1/nothing-here", "/v1/captures", "/api/s/nothing-here"):
        answer = await stranger.get(path)
        assert answer.headers["content-type"] == "application/problem+json", path


async def test_production_has_no_mailbox(settings: Settings, database_url: URL) -> None:
    production = settings.model_copy(
        update={
            "environment": Environment.PRODUCTION,
            "public_url": "https://visant.example",
            "secret_key": SecretStr("s" * 40),
        }
    )
    app = make_app(production, database_url)
    paths = {route.path for route in app.state.routes}
    await app.state.database.dispose()
    assert "/ui" in paths
    assert not [path for path in paths if path.startswith("/dev")]


async def test_signing_up_asks_for_two_things(stranger: httpx2.AsyncClient) -> None:
    fields = re.findall(r"<(?:input|select|textarea)[^>]*", (await stranger.get("/signup")).text)
    fields = [field for field in fields if 'type="hidden"' not in field]
    assert [re.findall(r'name="(\w+)"', field) for field in fields] == [["email"], ["password"]]


async def test_from_sign_up_to_the_cameras_page(
    stranger: httpx2.AsyncClient, mailed_token: MailedToken
) -> None:
    """Signing up, proving the address, adding a camera: as a person does it, without scripts."""
    email = "platform@visant.test"
    joined = await stranger.post("/signup", data={"email": email, "password": PASSWORD})
    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    assert (await stranger.get("/")).headers["location"] == "/ui/devices/add"
    sent = "A mail to confirm your address is on its way to you."
    assert [sent in (await stranger.get("/ui/devices/add")).text for _ in range(2)] == [True, False]
    assert "No camera yet" in (await stranger.get("/ui")).text

    assert (await stranger.post("/ui/devices/units")).status_code == 403
    token = await mailed_token(email, "verify-email")
    assert token in (await stranger.get(f"/verify-email?token={token}")).text
    proved = await stranger.post("/verify-email", data={"token": token})
    assert "Address confirmed" in proved.text
    spent = await stranger.post("/verify-email", data={"token": token})
    assert spent.status_code == 410

    made = await stranger.post("/ui/devices/units")
    wizard = await stranger.get(made.headers["location"])
    (unit_id,) = re.findall(r'value="(VS-[\w-]+)"', wizard.text)
    added = await stranger.post(
        "/ui/devices/add",
        data={
            "device_id": unit_id.lower(),
            "activation_code": "",
            "friendly_name": "Tool wall",
            "description": "Five tools hang on the wall.",
        },
    )
    assert added.status_code == 201
    assert "vdk_" in added.text
    assert "python -m device pair" in added.text
    page = await stranger.get(f"/ui/cameras/{unit_id}")
    assert "Tool wall" in page.text
    assert "Five tools hang on the wall." in page.text
    assert "vdk_" not in page.text

    left = await stranger.post("/logout")
    assert "You are logged out." in (await stranger.get(left.headers["location"])).text
    assert (await stranger.get("/ui")).status_code == 303


async def test_a_wrong_login_says_so_and_keeps_the_address(stranger: httpx2.AsyncClient) -> None:
    form = {"email": "nobody@example.test", "password": "wrong", "next": "/ui/devices"}
    answer = await stranger.post("/login", data=form)
    assert answer.status_code == 401
    assert "E-mail address or password is wrong." in answer.text
    assert 'value="nobody@example.test"' in answer.text
    assert 'name="next" value="/ui/devices"' in answer.text
    assert "wrong" not in re.findall(r'<input[^>]*type="password"[^>]*>', answer.text)[0]


async def test_login_leads_on_to_a_page_of_ours_only(
    stranger: httpx2.AsyncClient, mailed_token: MailedToken
) -> None:
    account = {"email": "leads.on@example.test", "password": PASSWORD}
    await stranger.post("/signup", data=account)
    stranger.cookies.clear()
    answer = await stranger.post("/login", data={**account, "next": "/ui/incidents?limit=3"})
    assert answer.headers["location"] == "/ui/incidents?limit=3"
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example"):
        answer = await stranger.post("/login", data={**account, "next": elsewhere})
        assert answer.headers["location"] == "/"
        signed_in = await stranger.get("/login", params={"next": elsewhere})
        assert signed_in.headers["location"] == "/ui"


async def test_a_forgotten_password_is_chosen_anew(
    stranger: httpx2.AsyncClient, mailed_token: MailedToken
) -> None:
    email = "forgetful@example.test"
    await stranger.post("/signup", data={"email": email, "password": PASSWORD})
    stranger.cookies.clear()
    asked = await stranger.post("/forgot-password", data={"email": email})
    unknown = await stranger.post("/forgot-password", data={"email": "unknown@example.test"})
    assert asked.text == unknown.text.replace("unknown@example.test", email)
    token = await mailed_token(email, "reset-password")
    weak = await stranger.post("/reset-password", data={"token": token, "new_password": "short"})
    assert weak.status_code == 422
    assert "Take at least 10 characters." in weak.text
    chosen = {"token": token, "new_password": "violin teapot meadow"}
    answer = await stranger.post("/reset-password", data=chosen)
    assert "Your password is changed." in (await stranger.get(answer.headers["location"])).text
    answer = await stranger.post(
        "/login", data={"email": email, "password": chosen["new_password"]}
    )
    assert answer.headers["location"] == "/"


async def test_a_sign_up_that_cannot_be_taken_says_why(stranger: httpx2.AsyncClient) -> None:
    account = {"email": "twice@example.test", "password": PASSWORD}
    await stranger.post("/signup", data=account)
    stranger.cookies.clear()
    again = await stranger.post("/signup", data=account)
    assert again.status_code == 409
    assert "Somebody has signed up with this address already." in again.text
    weak = await stranger.post("/signup", data={**account, "password": "password12"})
    assert weak.status_code == 422
    assert "easy to guess" in weak.text
    assert (await stranger.post("/signup", data={})).text.count("This is needed.") == 2


async def test_the_mailbox_shows_mails_that_run_nothing(
    app: FastAPI, owner: Owner, stranger: httpx2.AsyncClient, mailed_token: MailedToken
) -> None:
    email = "mailbox@example.test"
    await stranger.post("/forgot-password", data={"email": email})
    await owner.browser.post("/forgot-password", data={"email": owner.someone.email})
    token = await mailed_token(owner.someone.email, "reset-password")
    listed = await stranger.get("/dev/mailbox")
    path = re.findall(r'href="(/dev/mailbox/[\w-]+)"', listed.text)[0]
    assert token in (await stranger.get(path)).text
    html = await stranger.get(f"{path}/html")
    assert token in html.text
    policy = html.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert (await stranger.get("/dev/mailbox/nothing")).status_code == 404


async def test_what_an_operator_does_works_without_scripts(
    base_url: str, app: FastAPI, database: Database, settings: Settings
) -> None:
    """Each form is sent as a browser without scripts sends it; the next page shows what it did."""
    theirs = await make_full_organization(database, app.state.store, canary="worked")
    ids = theirs.ids
    gallery, viewer = f"/ui/cameras/{ids.device_id}", f"/ui/captures/{ids.record_id}"
    incident = f"/ui/incidents/{ids.incident_id}"
    async with browsing(base_url, await session_of(database, settings, theirs.owner)) as browser:

        async def send(path: str, **fields: str) -> str:
            answer = await browser.post(path, data=fields, headers={"Referer": base_url + gallery})
            assert answer.status_code == 303, answer.text
            return (await browser.get(answer.headers["location"])).text

        assert "Saved as a draft" in await send(f"{gallery}/description", text="Three shelves.")
        assert "Three shelves." not in (await browser.get(gallery)).text
        untried = {"text": "Three shelves.", "activate": "on"}
        assert "Three shelves." in await send(f"{gallery}/description", **untried)
        refused = await browser.post(f"{gallery}/description", data={"text": " ", "note": "why"})
        assert refused.status_code == 422
        assert "This is needed." in refused.text
        assert 'aria-pressed="true"' in await send(f"{viewer}/disposition", verdict="unclear")
        assert 'aria-pressed="true"' not in await send(f"{viewer}/disposition", verdict="")
        assert "Paused" in await send(f"/ui/devices/{ids.device_id}/status", status="paused")
        assert "Resumed." in await send(f"/ui/devices/{ids.device_id}/status", status="active")
        assert "Acknowledged: the others" in await send(f"{incident}/acknowledge")
        assert "Resolved." in await send(f"{incident}/resolve", **{"as": "false_alarm"})
        assert "a false alarm" in (await browser.get(incident)).text
        assert "It is being judged again." in await send(f"{viewer}/reevaluate")
        assert (await browser.post(f"{viewer}/reevaluate")).status_code == 409


async def test_only_ticked_captures_of_the_camera_itself_are_called_normal(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    other = await make_device(database, owner.someone.organization_id)
    proposed = [await make_capture(database, device, state=State.UNCERTAIN) for _ in range(3)]
    red = await make_capture(database, device, state=State.ABNORMAL)
    beside = await make_capture(database, other, state=State.UNCERTAIN)
    page = await owner.browser.get(f"/ui/cameras/{device.unit_id}")
    offered = re.findall(r'name="record_id" value="([\w-]+)"', page.text)
    assert sorted(offered) == sorted(str(capture.id) for capture in proposed)
    assert str(red.id) not in offered

    path = f"/ui/cameras/{device.unit_id}/normal"
    nothing = await owner.browser.post(path, data={})
    assert "No picture was ticked" in (await owner.browser.get(nothing.headers["location"])).text
    ticked = [str(proposed[0].id), str(proposed[1].id), str(beside.id)]
    await owner.browser.post(path, data={"record_id": ticked})
    async with database.work_for(owner.someone.organization_id) as work:
        found = await work.execute(
            select(Capture.id).where(Capture.disposition == DispositionVerdict.NORMAL)
        )
        assert set(found.scalars()) == {proposed[0].id, proposed[1].id}


async def test_an_abnormal_camera_stays_red_while_its_next_picture_is_judged(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    seen = await make_capture(database, device, state=State.ABNORMAL, reason="The drill is gone.")
    coming = await make_capture(database, device)
    for path in ("/ui", f"/ui/captures/{coming.id}/card?view=grid"):
        page = (await owner.browser.get(path)).text
        assert "The drill is gone." in page
        assert f'data-capture="{seen.id}"' in page
        assert "all as they should be" not in page


async def test_an_old_camera_that_went_away_is_shown_so_on_its_pages(
    base_url: str, database: Database, settings: Settings
) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    async with database.work_for(someone.organization_id) as work:
        row = await work.session.get_one(Device, device.device_id)
        row.device_version, row.last_ip, row.last_seen_at = "0.0.9", "192.0.2.7", utc_now()
        row.heartbeat = {"temperature_c": 51.5, "spool": {"waiting": 3}, "disk_free_bytes": 2**35}
        notifications = await read_notifications(work)
        await open_standing(work, row, IncidentKind.OFFLINE, utc_now(), notifications)
    cookies = await session_of(database, settings, someone)
    async with browsing(base_url, cookies) as browser:
        camera = (await browser.get(f"/ui/cameras/{device.unit_id}")).text
        devices = (await browser.get("/ui/devices")).text
        incidents = (await browser.get("/ui/incidents")).text
    for said in ("51.5 °C", "3 waiting to be sent", "32.0 GB free", "from 192.0.2.7"):
        assert said in camera
    assert "is the oldest that is supported" in camera
    assert "is the oldest that is supported" in devices
    assert "Camera offline: no pictures arrive" in incidents
