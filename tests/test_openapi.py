"""The API document: complete, with valid examples, and true of what the API really answers."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address
from secrets import randbits
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from cloud.accounts.models import TokenPurpose, User
from cloud.accounts.one_time_tokens import make_token
from cloud.kit.access import Audience, DeclaredRoute
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.kit.openapi import bodies
from cloud.kit.settings import Settings
from device.wire import COMMANDS_PATH
from tests.api_document import PROBLEM, ApiDocument, Operation
from tests.captures.pictures import draw, encode
from tests.devices.arranging import heartbeat, make_unit
from tests.evaluation.kinds import RESPONSES, classifying
from tests.evaluation.openai_stand_in import judge_by_brightness
from tests.full_organization import FullOrganization, make_full_organization
from tests.walking import Call, Caller, Walk, content_of_body, make_callers

PASSWORD = "kettle lantern orchard"
OF_PROGRAMS = ("/v1/", "/api/")
OF_GUESTS = ("/s/{token}", "/s/{token}/passcode")


@pytest.fixture
def document(app: FastAPI) -> ApiDocument:
    return ApiDocument(app)


async def test_the_document_is_there_for_anyone(
    client: httpx2.AsyncClient, document: ApiDocument
) -> None:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == document.document
    assert answer.json()["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_in_the_document(app: FastAPI, document: ApiDocument) -> None:
    routes: list[DeclaredRoute] = app.state.routes
    expected = {
        (route.path, method.lower())
        for route in routes
        for method in route.methods
        if route.path.startswith(OF_PROGRAMS)
    }
    assert {each for each in document.operations if each[0].startswith(OF_PROGRAMS)} == expected


def test_no_page_is_in_the_document(document: ApiDocument) -> None:
    paths = {path for path, _ in document.operations}
    others = {path for path in paths if not path.startswith((*OF_PROGRAMS, "/legacy/v1/"))}
    assert others == {"/health", "/ready", "/metrics", *OF_GUESTS}


def test_how_a_program_opens_a_link_with_a_passcode_is_in_the_document(
    document: ApiDocument,
) -> None:
    described = document.operations["/s/{token}/passcode", "post"]
    assert described["requestBody"]["content"]["application/json"]["example"] == {
        "passcode": "quince"
    }
    assert set(described["responses"]) == {"204", "303", "default"}


def test_every_body_has_an_example_of_its_own_kind(document: ApiDocument) -> None:
    wrong = []
    for operation, described in document.operations.items():
        for media in bodies(described):
            if media["schema"] == {"type": "string"}:
                continue
            if "example" not in media:
                wrong.append(f"{operation}: no example of {media['schema']}")
            elif faults := document.faults(media["schema"], media["example"]):
                wrong.append(f"{operation}: {faults}")
    assert not wrong


def test_every_operation_says_what_goes_wrong_and_who_may_call(document: ApiDocument) -> None:
    problem = document.document["components"]["responses"]["Problem"]["content"]
    assert list(problem) == [PROBLEM]
    for operation, described in document.operations.items():
        assert described["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
        assert "422" not in described["responses"], operation
        assert described["summary"], operation
        anyone = described["x-audience"] == Audience.ANYONE
        assert bool(described["security"]) is not anyone, operation
    schemes = document.document["components"]["securitySchemes"]
    assert {
        name for each in document.operations.values() for one in each["security"] for name in one
    } == (set(schemes))


def test_the_names_of_schemas_say_nothing_of_our_files(document: ApiDocument) -> None:
    assert [name for name in document.document["components"]["schemas"] if "__" in name] == []


@dataclass
class Inspection:
    """Asks, and compares every answer with the document."""

    document: ApiDocument
    client: httpx2.AsyncClient
    walk: Walk
    database: Database
    settings: Settings
    app: FastAPI

    def __post_init__(self) -> None:
        self.faults: list[str] = []
        self.succeeded: set[Operation] = set()

    def judge(self, response: httpx2.Response) -> httpx2.Response:
        request = response.request
        operation = self.document.find(request.method, request.url.path)
        found = self.document.faults_of(operation, response)
        self.faults += [f"{operation} {response.status_code} {each}" for each in found]
        if response.status_code < 400:
            self.succeeded.add(operation)
        return response

    async def ask(self, method: str, path: str, **sent: Any) -> httpx2.Response:
        headers = {"X-Forwarded-For": str(IPv6Address(randbits(128)))} | sent.pop("headers", {})
        return self.judge(await self.client.request(method, path, headers=headers, **sent))

    async def organization(self) -> tuple[FullOrganization, dict[str, Caller]]:
        found = await make_full_organization(
            self.database, self.app.state.store, canary=uuid4().hex[:12]
        )
        return found, await make_callers(self.database, self.settings, found.organization_id)


@pytest.fixture
def inspection(
    app: FastAPI,
    document: ApiDocument,
    client: httpx2.AsyncClient,
    database: Database,
    settings: Settings,
) -> Inspection:
    return Inspection(document, client, Walk(app, client), database, settings, app)


@pytest.mark.walk
async def test_what_the_api_answers_is_what_the_document_says(inspection: Inspection) -> None:
    """Every operation succeeds once at least, and every answer is compared."""
    await walk_all(inspection)
    await sign_up_and_out(inspection)
    await make_a_code(inspection)
    await set_up_a_camera(inspection)
    await draft_a_description(inspection)
    await end_an_organization(inspection)
    streams = {(path, "get") for path in STREAMS}
    assert inspection.faults == []
    assert inspection.document.operations.keys() - inspection.succeeded == streams


STREAMS = frozenset(
    {
        "/v1/capture-events/stream",
        "/legacy/v1/capture-events/stream",
        "/legacy/v1/manual-trigger/stream",
        COMMANDS_PATH,
    }
)
"""They have no end, so they are not asked for here."""


async def walk_all(inspection: Inspection) -> None:
    """Every operation by its example with ids of one's own, each writing one in its own place."""
    reading = await inspection.organization()
    for route in inspection.walk.routes:
        for method in sorted(route.methods):
            if (route.path, method.lower()) not in inspection.document.operations:
                continue
            if method == "GET" and route.path in STREAMS:
                continue
            full, callers = reading if method == "GET" else await inspection.organization()
            call = inspection.walk.call(route, method, full.ids)
            own_device = Caller("device", full.device.headers)
            for caller in (callers["platform admin"], callers["viewer"], own_device):
                await inspection.ask(call.method, call.path, **content_of(call, caller))


def content_of(call: Call, caller: Caller) -> dict[str, Any]:
    sent = {"headers": dict(caller.headers), "params": call.query}
    return sent | content_of_body(call.body)


async def sign_up_and_out(inspection: Inspection) -> None:
    ask, email = inspection.ask, f"{uuid4().hex}@example.test"
    credentials = {"email": email, "password": PASSWORD}
    signed_up = (await ask("POST", "/v1/auth/signup", json=credentials)).json()
    await ask("POST", "/v1/auth/signup", json=credentials)
    await ask("POST", "/v1/auth/login", json=credentials)
    refreshing = {"refresh_token": signed_up["refresh_token"]}
    pair = (await ask("POST", "/v1/auth/refresh", json=refreshing)).json()
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    await ask(
        "POST",
        "/v1/auth/change-password",
        headers=headers,
        json={"current_password": PASSWORD, "new_password": PASSWORD + " meadow"},
    )
    await use_mailed_links(inspection, email)


async def use_mailed_links(inspection: Inspection, email: str) -> None:
    """As if the mails had come: the tokens are put where those of a mail would be."""
    for purpose, path, extra in (
        (TokenPurpose.VERIFY_EMAIL, "/v1/auth/verify-email", {}),
        (TokenPurpose.RESET_PASSWORD, "/v1/auth/reset-password", {"new_password": PASSWORD}),
    ):
        async with inspection.database.work() as work:
            user_id = (await work.execute(select(User.id).where(User.email == email))).scalar_one()
            token = make_token(work, user_id, purpose)
        await inspection.ask("POST", path, json={"token": token, **extra})


async def make_a_code(inspection: Inspection) -> None:
    _, callers = await inspection.organization()
    body = {"benefit_type": "free_months", "benefit_value": 3}
    headers = dict(callers["platform admin"].headers)
    await inspection.ask("POST", "/v1/admin/activation-codes", headers=headers, json=body)


async def end_an_organization(inspection: Inspection) -> None:
    full, _ = await inspection.organization()
    headers = full.owner.headers
    name = (await inspection.ask("GET", "/v1/organization", headers=headers)).json()["name"]
    await inspection.ask("DELETE", "/v1/organization", headers=headers, json={"name": name})


async def set_up_a_camera(inspection: Inspection) -> None:
    """What a stranger's new camera goes through, up to its first picture."""
    ask, database = inspection.ask, inspection.database
    _, callers = await inspection.organization()
    headers = dict(callers["owner"].headers)
    unit = {"device_id": await make_unit(database), "activation_code": None}
    await ask(
        "POST", "/v1/devices/validate", headers=headers, json={"device_id": unit["device_id"]}
    )
    activated = await ask("POST", "/v1/devices/activate", headers=headers, json=unit)
    path = f"/v1/devices/{unit['device_id']}"
    assert activated.status_code == 201
    made = (await ask("POST", f"{path}/pairing-code", headers=headers)).json()
    paired = (await ask("POST", "/v1/devices/pair", json={"code": made["code"]})).json()
    device = {"Authorization": f"Bearer {paired['device_key']}"}
    await ask("POST", f"{path}/heartbeat", headers=device, json=heartbeat())
    form = {"captured_at": "2026-11-22T07:30:00.123Z", "sequence": "1", "spool_id": "one"}
    for _ in range(2):
        files = {"image": ("picture.jpg", encode(draw()), "image/jpeg")}
        await ask("POST", "/v1/captures", headers=device, data=form, files=files)
    until = rfc3339(utc_now() + timedelta(hours=1))
    await ask("POST", f"{path}/snooze", headers=headers, json={"until": until})
    await ask("GET", path, headers=headers)


async def draft_a_description(inspection: Inspection) -> None:
    """With a model's stand-in, as there is no model here."""
    full, callers = await inspection.organization()
    headers, path = dict(callers["owner"].headers), f"/v1/devices/{full.ids.device_id}"
    classifiers = inspection.app.state.classifiers
    with RESPONSES.start(judge_by_brightness) as running:
        async with classifying(RESPONSES, running) as classifier:
            classifiers[RESPONSES.classifier] = classifier
            config = {"evaluation": {"classifier": RESPONSES.classifier}}
            await inspection.ask("PUT", f"{path}/config", headers=headers, json=config)
            chosen = {"record_ids": [full.ids.record_id]}
            draft = f"{path}/descriptions/draft"
            await inspection.ask("POST", draft, headers=headers, json=chosen)
            del classifiers[RESPONSES.classifier]
