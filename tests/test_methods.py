"""Addresses and methods as programs use them, over real HTTP."""

import asyncio

import httpx2
import pytest
from fastapi import FastAPI

from cloud.kit.database import Database
from tests.factories import signed_in
from tests.full_organization import make_full_organization

PATIENCE = 10


@pytest.mark.parametrize("path", ["/health", "/ready", "/", "/login", "/openapi.json"])
async def test_whoever_only_asks_for_the_head_gets_no_body(
    client: httpx2.AsyncClient, path: str
) -> None:
    whole, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "content-security-policy"):
        assert head.headers.get(name) == whole.headers.get(name)


async def test_the_head_of_a_picture_says_its_size_and_that_of_a_stream_ends(
    app: FastAPI, base_url: str, database: Database
) -> None:
    full = await make_full_organization(database, app.state.store, canary="head")
    address = f"/v1/captures/{full.ids.record_id}/image"
    async with signed_in(base_url, full.owner) as owner:
        whole, head = await owner.get(address), await owner.head(address)
        async with asyncio.timeout(PATIENCE):
            stream = await owner.head("/v1/capture-events/stream")
    assert head.headers["content-length"] == str(len(whole.content))
    assert (head.headers["etag"], head.content) == (whole.headers["etag"], b"")
    assert stream.headers["content-type"].startswith("text/event-stream")


async def test_a_slash_too_many_leads_nowhere(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/devices/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_told_every_right_one(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/devices/VS-1")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH, PUT"
