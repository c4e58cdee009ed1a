"""HEAD answers as GET does, without the body."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from cloud.kit.head import HeadAsGet
from tests.kit.small_app import calling


@pytest.fixture
def ended() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def small(ended: asyncio.Event) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()

    @app.get("/words")
    async def say() -> dict[str, str]:
        return {"said": "a word"}

    @app.get("/stream")
    async def follow() -> StreamingResponse:
        return StreamingResponse(endless(ended), media_type="text/event-stream")

    async with calling(HeadAsGet(app)) as client:
        yield client


async def endless(ended: asyncio.Event) -> AsyncIterator[bytes]:
    try:
        yield b"data: 1\n\n"
        await asyncio.Event().wait()
    finally:
        ended.set()


async def test_what_answers_get_answers_head_with_the_same_headers_and_no_body(
    small: httpx2.AsyncClient,
) -> None:
    whole, head = await small.get("/words"), await small.head("/words")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


async def test_the_head_of_a_stream_ends_at_once_and_so_does_the_stream(
    small: httpx2.AsyncClient, ended: asyncio.Event
) -> None:
    head = await small.head("/stream")
    assert head.headers["content-type"].startswith("text/event-stream")
    await ended.wait()


async def test_what_is_not_there_is_not_there_for_head_either(small: httpx2.AsyncClient) -> None:
    assert (await small.head("/nothing")).status_code == 404
