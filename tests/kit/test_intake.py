"""Over real HTTP: how much is taken in, and how slowly, is between the server and the socket."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import orjson
import pytest
from fastapi import Request

from cloud.kit import intake
from cloud.kit.intake import BodyBound
from tests.conftest import serving
from tests.factories import loopback_client
from tests.kit.small_app import make_small_app

BOUND = 1000
WIDE = 200_000

MULTIPART = "multipart/form-data; boundary=b"
FORM = '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nKüche\r\n--b--\r\n'.encode()


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    app = make_small_app(BOUND, wide=BodyBound(WIDE, "wide_too_large"))

    @app.post("/narrow")
    @app.post("/wide")
    async def take(request: Request) -> dict[str, int]:
        return {"taken": len(await request.body())}

    @app.post("/form")
    async def take_form(request: Request) -> dict[str, str]:
        async with request.form() as form:
            return {name: str(text) for name, text in form.items()}

    @app.post("/unread")
    async def leave() -> dict[str, str]:
        return {"taken": "nothing"}

    async with serving(app) as address:
        yield address


@pytest.fixture
async def caller(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with loopback_client(base_url=address, timeout=30) as client:
        yield client


async def pieces(size: int) -> AsyncIterator[bytes]:
    """A body whose length is not said beforehand."""
    for _ in range(size // 100):
        yield b"x" * 100


@pytest.mark.parametrize(("path", "bound"), [("/narrow", BOUND), ("/wide", WIDE)])
async def test_a_body_up_to_the_bound_of_its_path_is_taken(
    caller: httpx2.AsyncClient, path: str, bound: int
) -> None:
    announced = await caller.post(path, content=b"x" * bound)
    streamed = await caller.post(path, content=pieces(bound))
    assert announced.json() == streamed.json() == {"taken": bound}


@pytest.mark.parametrize(
    ("path", "bound", "code"),
    [("/narrow", BOUND, "body_too_large"), ("/wide", WIDE, "wide_too_large")],
)
@pytest.mark.parametrize("announced", [True, False])
async def test_a_larger_body_is_refused_whether_or_not_it_says_how_large_it_is(
    caller: httpx2.AsyncClient, path: str, bound: int, code: str, *, announced: bool
) -> None:
    content = b"x" * (bound + 100) if announced else pieces(bound + 100)
    answer = await caller.post(path, content=content)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert str(bound) in answer.json()["detail"]


async def test_a_body_that_announces_too_much_is_refused_before_it_comes(address: str) -> None:
    reader, writer = await connect(address)
    writer.write(b"POST /narrow HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n")
    assert await read_status(reader) == 413
    writer.close()


async def test_a_body_that_drips_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ONE_PIECE_SECONDS", 0.05)
    reader, writer = await connect(address)
    writer.write(b"POST /narrow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert await read_status(reader) == 408
    assert (await read_document(reader))["code"] == "request_too_slow"
    writer.close()


async def test_a_body_that_takes_too_long_as_a_whole_is_given_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "WHOLE_BODY_SECONDS", 0.05)
    reader, writer = await connect(address)
    writer.write(b"POST /narrow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert await read_status(reader) == 408
    writer.close()


@pytest.mark.parametrize("said", ["", "; charset=utf-8", '; Charset="UTF-8"'])
async def test_forms_are_read_as_utf_8(caller: httpx2.AsyncClient, said: str) -> None:
    answer = await caller.post("/form", content=FORM, headers={"Content-Type": MULTIPART + said})
    assert answer.json() == {"name": "Küche"}


@pytest.mark.parametrize(
    "content_type",
    [
        f"{MULTIPART}; charset=punycode",
        f"{MULTIPART}; charset=utf-8; CHARSET = 'unicode_escape'",
        "multipart/form-data; charset=utf-7; boundary=b",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
    ],
)
async def test_a_form_in_a_charset_that_its_sender_chose_is_refused_unread(
    caller: httpx2.AsyncClient, content_type: str
) -> None:
    answer = await caller.post("/form", content=FORM, headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert answer.json()["code"] == "charset_unsupported"
    assert "UTF-8" in answer.json()["detail"]


async def test_a_boundary_may_be_called_anything(caller: httpx2.AsyncClient) -> None:
    content = FORM.replace(b"--b", b"--charset=x")
    headers = {"Content-Type": 'multipart/form-data; boundary="charset=x"'}
    answer = await caller.post("/form", content=content, headers=headers)
    assert answer.json() == {"name": "Küche"}


async def test_a_body_that_nobody_reads_costs_nothing(caller: httpx2.AsyncClient) -> None:
    answer = await caller.post("/unread", content=b"x" * 500)
    assert answer.json() == {"taken": "nothing"}


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def read_status(reader: asyncio.StreamReader) -> int:
    return int((await asyncio.wait_for(reader.readline(), 10)).split()[1])


async def read_document(reader: asyncio.StreamReader) -> dict[str, object]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split()[0])
    document: dict[str, object] = orjson.loads(await reader.readexactly(length))
    return document
