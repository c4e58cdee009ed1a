from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import Response
from starlette.responses import StreamingResponse

from cloud.kit.headers import SECURITY_HEADERS
from tests.kit.small_app import SmallApp, calling, make_small_app


@pytest.fixture
def app() -> SmallApp:
    app = make_small_app()

    @app.get("/")
    async def answer() -> dict[str, str]:
        return {}

    @app.get("/own")
    async def answer_in_its_own_way() -> Response:
        return Response(headers={"Cache-Control": "public, max-age=60"})

    @app.get("/fault")
    async def fail() -> None:
        raise ZeroDivisionError

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one"
            yield b"two"

        return StreamingResponse(pieces())

    return app


@pytest.fixture
async def small(app: SmallApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with calling(app) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/stream", 200), ("/nothing", 404), ("/fault", 500)]
)
async def test_every_answer_carries_the_headers_of_a_strict_site(
    small: httpx2.AsyncClient, path: str, status: int
) -> None:
    answer = await small.get(path)
    assert answer.status_code == status
    assert (
        SECURITY_HEADERS.items()
        <= {name: answer.headers.get(name) for name in SECURITY_HEADERS}.items()
    )
    assert answer.headers["X-Request-ID"]
    assert "Strict-Transport-Security" not in answer.headers


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_over_https_browsers_are_told_to_stay_there(app: SmallApp) -> None:
    app.https = True
    async with calling(app) as client:
        answer = await client.get("/fault")
    assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) > 31_000_000


async def test_a_route_may_say_otherwise_of_caching(small: httpx2.AsyncClient) -> None:
    answer = await small.get("/own")
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("sane", ["a", "01a2.b-c_D", "x" * 64])
async def test_a_sane_request_id_is_echoed(small: httpx2.AsyncClient, sane: str) -> None:
    answer = await small.get("/", headers={"X-Request-ID": sane})
    assert answer.headers["X-Request-ID"] == sane


@pytest.mark.parametrize("odd", ["", "x" * 65, "a b", "<script>", "ä".encode().decode("latin-1")])
async def test_an_odd_request_id_is_replaced(small: httpx2.AsyncClient, odd: str) -> None:
    answer = await small.get("/", headers={b"X-Request-ID": odd.encode("latin-1")})
    assert answer.headers["X-Request-ID"] not in {"", odd}


async def test_no_two_requests_share_an_id(small: httpx2.AsyncClient) -> None:
    ids = {(await small.get("/")).headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5
