"""The gates: each role against each, cookies and where a request comes from."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from cloud.accounts.access import Admin, Member, Owner, PlatformAdmin, Viewer
from cloud.accounts.cookies import clear_session_cookie, cookie_name, set_session_cookie
from cloud.accounts.models import Role
from cloud.accounts.resources import TheIdentity
from cloud.accounts.signing_in import sign_in_browser
from cloud.accounts.signing_up import Newcomer, sign_up_browser
from cloud.kit.access import ANYONE, Audience, roll_call
from cloud.kit.database import Database
from cloud.kit.problems import install_problems
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from tests.accounts.people import PASSWORD, code_of, fresh_email
from tests.conftest import PLATFORM_ADMIN
from tests.factories import make_device, make_user

door = FastAPI()


@door.get("/viewer")
@door.post("/viewer")
async def _viewer(who: Viewer) -> str:
    return who.email


@door.post("/member")
async def _member(who: Member) -> str:
    return who.email


@door.post("/admin")
async def _admin(who: Admin) -> str:
    return who.email


@door.post("/owner")
async def _owner(who: Owner) -> str:
    return who.email


@door.post("/platform")
async def _platform(who: PlatformAdmin) -> str:
    return who.email


@door.post("/signup", dependencies=[ANYONE])
async def _signup(
    request: Request,
    response: Response,
    database: TheDatabase,
    settings: TheSettings,
    identity: TheIdentity,
    email: str,
) -> None:
    newcomer = Newcomer(email, PASSWORD)
    token = await sign_up_browser(request, database, settings, identity, newcomer)
    set_session_cookie(response, token, settings)


@door.post("/login", dependencies=[ANYONE])
async def _login(
    request: Request,
    response: Response,
    database: TheDatabase,
    settings: TheSettings,
    identity: TheIdentity,
    email: str,
) -> None:
    token = await sign_in_browser(
        request, database, settings, identity, email=email, password=PASSWORD
    )
    set_session_cookie(response, token, settings)


install_problems(door)

SITE = "http://127.0.0.1:8000"


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    for name in ("settings", "database", "identity"):
        setattr(door.state, name, getattr(app.state, name))
    transport = httpx2.ASGITransport(door)
    async with httpx2.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


def test_the_roll_call_knows_each_gate() -> None:
    declared = {
        route.path: route.audience for route in roll_call(door, public_mounts=DOCUMENTATION)
    }
    assert declared["/member"] is Audience.MEMBER
    assert declared["/platform"] is Audience.PLATFORM_ADMIN


DOCUMENTATION = frozenset({"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})

GATES = ("viewer", "member", "admin", "owner")


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_its_gate_and_those_below(
    visitor: httpx2.AsyncClient, database: Database, role: Role
) -> None:
    someone = await make_user(database, role=role)
    statuses = [
        (await visitor.post(f"/{gate}", headers=someone.headers)).status_code for gate in GATES
    ]
    open_gates = GATES.index(role) + 1
    assert statuses == [200] * open_gates + [403] * (len(GATES) - open_gates)
    assert (await visitor.post("/platform", headers=someone.headers)).status_code == 403


async def test_a_closed_gate_says_which_role_it_needs(
    visitor: httpx2.AsyncClient, database: Database
) -> None:
    someone = await make_user(database, role=Role.VIEWER)
    answer = await visitor.post("/admin", headers=someone.headers)
    assert code_of(answer) == "role_too_low"
    assert "admin" in answer.json()["detail"]


@pytest.mark.parametrize("verified", [True, False])
async def test_a_platform_admin_needs_a_proved_address(
    visitor: httpx2.AsyncClient, database: Database, settings: Settings, *, verified: bool
) -> None:
    email = fresh_email()
    door.state.settings = settings.model_copy(
        update={"platform_admin_emails": [PLATFORM_ADMIN, email.upper()]}
    )
    someone = await make_user(database, email=email, verified=verified, role=Role.VIEWER)
    answer = await visitor.post("/platform", headers=someone.headers)
    assert answer.status_code == (200 if verified else 403)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic eDp5",
        "Bearer vst_" + "A" * 43,
        "vst_x",
        "Bearer ü",
    ],
)
async def test_what_is_no_token_opens_nothing(
    visitor: httpx2.AsyncClient, authorization: str
) -> None:
    headers = {b"Authorization": authorization.encode()}
    answer = await visitor.get("/viewer", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_device_key_opens_no_gate_for_people(
    visitor: httpx2.AsyncClient, database: Database
) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    assert (await visitor.get("/viewer", headers=device.headers)).status_code == 401


async def test_a_browser_signs_up_and_in_with_a_cookie_of_its_own(
    visitor: httpx2.AsyncClient,
) -> None:
    email = fresh_email()
    await visitor.post(f"/signup?email={email}")
    first = visitor.cookies["visant"]
    assert (await visitor.get("/viewer")).json() == email
    await visitor.post(f"/login?email={email}")
    assert visitor.cookies["visant"] != first
    assert (await visitor.get("/viewer")).json() == email


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": SITE}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": SITE}, 403),
    ],
)
async def test_a_cookie_writes_only_from_our_own_pages(
    visitor: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    await visitor.post(f"/signup?email={fresh_email()}")
    answer = await visitor.post("/viewer", headers=headers)
    assert answer.status_code == status
    assert (await visitor.get("/viewer", headers=headers)).status_code == 200


def made_https(settings: Settings) -> Settings:
    return Settings(
        _env_file=None,
        public_url="https://visant.example",
        secret_key=SecretStr("x" * 40),
        visant_data_dir=settings.visant_data_dir,
    )


def attributes_of(response: Response) -> set[str]:
    _, *attributes = response.headers["set-cookie"].split("; ")
    return {attribute.lower() for attribute in attributes}


def test_over_https_the_cookie_is_bound_to_host_and_https(settings: Settings) -> None:
    response = Response()
    set_session_cookie(response, "vst_token", made_https(settings))
    assert response.headers["set-cookie"].startswith("__Host-visant=vst_token; ")
    attributes = attributes_of(response)
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= attributes
    assert not [attribute for attribute in attributes if attribute.startswith("domain")]


def test_over_plain_http_the_cookie_has_a_plain_name(settings: Settings) -> None:
    response = Response()
    set_session_cookie(response, "vst_token", settings)
    assert cookie_name(settings) == "visant"
    assert attributes_of(response) == {"httponly", "path=/", "samesite=lax", "max-age=2592000"}


def test_a_cleared_cookie_has_the_attributes_of_the_one_that_was_set(settings: Settings) -> None:
    response = Response()
    clear_session_cookie(response, made_https(settings))
    assert response.headers["set-cookie"].startswith('__Host-visant=""; ')
    assert {"httponly", "secure", "path=/", "samesite=lax", "max-age=0"} <= attributes_of(response)
