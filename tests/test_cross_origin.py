"""Pages of other sites: those that are named may call the API with a token, all others nothing."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from pydantic import ValidationError
from sqlalchemy import URL

from cloud.app import make_app
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.conftest import serving
from tests.factories import make_user, signed_in

FRIEND = "https://app.example"
STRANGER = "https://elsewhere.example"


@pytest.fixture(scope="module")
async def friendly_url(settings: Settings, database_url: URL) -> AsyncIterator[str]:
    """An installation that has named one other site."""
    named = settings.model_copy(update={"cors_allowed_origins": [FRIEND]})
    async with serving(make_app(named, database_url)) as url:
        yield url


@pytest.fixture
async def friendly(friendly_url: str, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(friendly_url, await make_user(database)) as client:
        yield client


def cross_origin(response: httpx2.Response) -> dict[str, str]:
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith("access-control-")
    }


async def preflight(
    client: httpx2.AsyncClient, origin: str, path: str = "/v1/devices"
) -> httpx2.Response:
    asked = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization, if-match",
    }
    return await client.options(path, headers={"Origin": origin, **asked})


async def test_a_named_site_may_ask_with_a_token(friendly: httpx2.AsyncClient) -> None:
    response = await preflight(friendly, FRIEND)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert "PATCH" in response.headers["access-control-allow-methods"]
    allowed = response.headers["access-control-allow-headers"].lower()
    assert {"authorization", "if-match", "last-event-id"} <= set(allowed.split(", "))


async def test_a_named_site_may_read_the_answer_and_its_headers(
    friendly: httpx2.AsyncClient,
) -> None:
    response = await friendly.get("/v1/devices", headers={"Origin": FRIEND})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert "Origin" in response.headers["vary"]
    exposed = response.headers["access-control-expose-headers"]
    assert {"ETag", "RateLimit-Remaining", "X-Request-ID"} <= set(exposed.split(", "))


async def test_a_named_site_may_read_an_error_as_well(friendly: httpx2.AsyncClient) -> None:
    response = await friendly.get("/v1/captures/nothing", headers={"Origin": FRIEND})
    assert response.status_code == 404
    assert response.headers["access-control-allow-origin"] == FRIEND


async def test_a_named_site_may_open_a_stream(friendly: httpx2.AsyncClient) -> None:
    path = "/v1/capture-events/stream"
    async with friendly.stream("GET", path, headers={"Origin": FRIEND}) as response:
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == FRIEND


async def test_no_site_may_ever_use_the_cookie(friendly: httpx2.AsyncClient) -> None:
    for response in (
        await preflight(friendly, FRIEND),
        await friendly.get("/v1/devices", headers={"Origin": FRIEND}),
    ):
        assert "access-control-allow-credentials" not in response.headers


async def test_other_sites_get_no_header(friendly: httpx2.AsyncClient) -> None:
    for origin in (STRANGER, "null", FRIEND + ".evil.example", "http://app.example"):
        assert cross_origin(await preflight(friendly, origin)) == {}
        answered = await friendly.get("/v1/devices", headers={"Origin": origin})
        assert cross_origin(answered) == {}


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/openapi.json", "/login", "/v10/x"])
async def test_what_is_not_the_api_is_readable_by_no_other_site(
    friendly: httpx2.AsyncClient, path: str
) -> None:
    assert cross_origin(await preflight(friendly, FRIEND, path)) == {}
    assert cross_origin(await friendly.get(path, headers={"Origin": FRIEND})) == {}


async def test_without_named_sites_there_is_no_header_at_all(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/version/cloud", headers={"Origin": FRIEND})
    assert cross_origin(response) == {}


@pytest.mark.parametrize("origin", ["app.example", "https://app.example/", "https://App.example"])
def test_a_setting_that_no_browser_would_send_stops_the_start(origin: str) -> None:
    with pytest.raises(ValidationError, match="CORS_ALLOWED_ORIGINS holds"):
        Settings(_env_file=None, cors_allowed_origins=[origin])
