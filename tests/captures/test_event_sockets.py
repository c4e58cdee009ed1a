"""The live stream over a real WebSocket: the same news, resumed by a word."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import URL
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cloud.accounts.cookies import cookie_name
from cloud.accounts.sessions import open_browser_session
from cloud.app import make_app
from cloud.events.append import EventKind, append
from cloud.events.stream import STREAMS_OF_ONE_PERSON
from cloud.kit import sockets
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.conftest import serving
from tests.factories import Someone, make_device, make_user, signed_in

FRIEND = "https://app.example"


@pytest.fixture
async def someone(database: Database) -> Someone:
    return await make_user(database)


@pytest.fixture(scope="module")
async def friendly_url(settings: Settings, database_url: URL) -> AsyncIterator[str]:
    """An installation that has named one other site."""
    named = settings.model_copy(update={"cors_allowed_origins": [FRIEND]})
    async with serving(make_app(named, database_url)) as url:
        yield url


def speaking(
    base_url: str, headers: dict[str, str] | None = None, query: str = ""
) -> AbstractAsyncContextManager[ClientConnection]:
    url = base_url.replace("http://", "ws://") + f"/ws/capture-events{query}"
    return connect(url, additional_headers=headers or {})


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message that is no ping."""
    while True:
        message: dict[str, Any] = orjson.loads(await socket.recv())
        if message["event"] != "ping":
            return message


async def say(socket: ClientConnection, message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def closing_code(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):  # noqa: PT012  # reads until then
        while True:
            await socket.recv()
    return socket.close_code


async def tell(database: Database, someone: Someone, *names: str, unit: str | None = None) -> None:
    async with database.work_for(someone.organization_id) as work:
        for name in names:
            await append(work, EventKind.CAPTURE_RECEIVED, {"name": name}, device_id=unit)


async def browser_headers(
    database: Database, settings: Settings, someone: Someone
) -> dict[str, str]:
    async with database.work() as work:
        token = await open_browser_session(
            work, someone.user_id, address="127.0.0.1", user_agent=None
        )
    return {"Cookie": f"{cookie_name(settings)}={token}"}


async def test_news_comes_with_its_event_its_number_and_its_data(
    base_url: str, database: Database, someone: Someone
) -> None:
    async with speaking(base_url, someone.headers) as socket:
        connected = await hear(socket)
        await tell(database, someone, "one")
        told = await hear(socket)
    assert connected["event"] == "connected"
    assert connected["data"]["organization_id"] == str(someone.organization_id)
    assert told == {"event": "capture.received", "id": 1, "data": {"name": "one"}}


async def test_the_token_may_come_in_the_first_message(base_url: str, someone: Someone) -> None:
    async with speaking(base_url) as socket:
        await say(socket, {"token": someone.token})
        assert (await hear(socket))["event"] == "connected"


@pytest.mark.parametrize("first", ['{"token":"vst_x"}', '{"token":7}', "[]", "nonsense", "{}"])
async def test_who_says_no_valid_token_is_sent_away(base_url: str, first: str) -> None:
    async with speaking(base_url) as socket:
        await socket.send(first)
        assert await closing_code(socket) == 4401


async def test_who_says_nothing_is_not_waited_for(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "FIRST_MESSAGE_SECONDS", 0.2)
    async with speaking(base_url) as socket:
        assert await closing_code(socket) == 4401


async def test_only_so_many_of_one_network_may_still_have_to_say_who_they_are(
    base_url: str, someone: Someone
) -> None:
    async with AsyncExitStack() as opened:
        many = [
            await opened.enter_async_context(speaking(base_url))
            for _ in range(sockets.UNNAMED_OF_NETWORK)
        ]
        async with speaking(base_url) as one_more:
            assert await closing_code(one_more) == 4429
        async with speaking(base_url, someone.headers) as named:
            assert (await hear(named))["event"] == "connected"
        await say(many[0], {"token": someone.token})
        assert (await hear(many[0]))["event"] == "connected"
        async with speaking(base_url) as one_more:
            await say(one_more, {"token": someone.token})
            assert (await hear(one_more))["event"] == "connected"


async def test_what_was_missed_is_replayed_on_a_word_and_then_what_happens(
    base_url: str, database: Database, someone: Someone
) -> None:
    await tell(database, someone, "one", "two", "three")
    async with speaking(base_url, someone.headers) as socket:
        assert (await hear(socket))["id"] == 3
        for _ in range(2):
            await say(socket, {"cmd": "resume", "after": 1})
            connected, *missed = [await hear(socket) for _ in range(3)]
            assert (connected["event"], connected["id"]) == ("connected", 1)
            assert [each["id"] for each in missed] == [2, 3]
        await tell(database, someone, "four")
        assert (await hear(socket))["id"] == 4


@pytest.mark.parametrize(
    "said",
    [
        {"cmd": "resume", "after": -1},
        {"cmd": "resume", "after": "1"},
        {"cmd": "resume", "after": True},
        {"cmd": "rewind", "after": 1},
        [],
        {"cmd": "resume", "after": 1, "more": "x" * sockets.LONGEST_MESSAGE},
    ],
    ids=["negative", "text", "boolean", "another", "list", "long"],
)
async def test_what_cannot_be_understood_ends_the_socket(
    base_url: str, someone: Someone, said: Any
) -> None:
    async with speaking(base_url, someone.headers) as socket:
        await hear(socket)
        await say(socket, said)
        assert await closing_code(socket) == 4422


async def test_resuming_again_and_again_is_refused(base_url: str, someone: Someone) -> None:
    async with speaking(base_url, someone.headers) as socket:
        for _ in range(40):
            await say(socket, {"cmd": "resume", "after": 0})
        assert await closing_code(socket) == 4429


async def test_news_of_one_camera_only_and_of_no_other_organization(
    base_url: str, database: Database, someone: Someone
) -> None:
    unit = (await make_device(database, someone.organization_id)).unit_id
    stranger = await make_user(database)
    async with speaking(base_url, someone.headers, f"?device_id={unit}") as socket:
        assert (await hear(socket))["data"]["device_id"] == unit
        await tell(database, stranger, "theirs", unit=unit)
        await tell(database, someone, "of all")
        await tell(database, someone, "of this camera", unit=unit)
        assert (await hear(socket))["data"] == {"name": "of this camera"}
    for foreign in (unit, "VS-0000-0000-0000", "%00"):
        async with speaking(base_url, stranger.headers, f"?device_id={foreign}") as socket:
            assert await closing_code(socket) == 4404


async def test_a_socket_ends_when_its_reader_signs_out(base_url: str, someone: Someone) -> None:
    async with (
        speaking(base_url, someone.headers) as socket,
        signed_in(base_url, someone) as client,
    ):
        await hear(socket)
        assert (await client.post("/v1/auth/logout", json={})).status_code == 204
        assert await closing_code(socket) == 1000
    async with speaking(base_url, someone.headers) as socket:
        assert await closing_code(socket) == 4401


async def test_too_many_at_once_are_refused(
    app: FastAPI, base_url: str, database: Database, someone: Someone
) -> None:
    opened = [speaking(base_url, someone.headers) for _ in range(STREAMS_OF_ONE_PERSON)]
    connections = [await each.__aenter__() for each in opened]
    for each in connections:
        await hear(each)
    async with speaking(base_url, someone.headers) as one_more:
        assert await closing_code(one_more) == 4429
    for each in connections:
        await each.close()


async def test_a_page_of_ours_is_known_by_its_cookie(
    base_url: str, database: Database, settings: Settings, someone: Someone
) -> None:
    headers = await browser_headers(database, settings, someone) | {"Origin": base_url}
    async with speaking(base_url, headers) as socket:
        assert (await hear(socket))["event"] == "connected"


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "https://app.example:8"])
async def test_pages_of_other_sites_are_refused_before_anything_is_accepted(
    friendly_url: str, database: Database, settings: Settings, someone: Someone, origin: str
) -> None:
    cookie = await browser_headers(database, settings, someone)
    for headers in (someone.headers, cookie):
        with pytest.raises(InvalidStatus) as refused:
            async with speaking(friendly_url, headers | {"Origin": origin}):
                pass
        assert refused.value.response.status_code == 403


async def test_a_named_site_says_a_token_and_its_cookie_counts_not(
    friendly_url: str, database: Database, settings: Settings, someone: Someone
) -> None:
    headers = await browser_headers(database, settings, someone) | {"Origin": FRIEND}
    async with speaking(friendly_url, headers) as socket:
        await say(socket, {"token": someone.token})
        assert (await hear(socket))["event"] == "connected"
    async with speaking(friendly_url, headers) as socket:
        await say(socket, {})
        assert await closing_code(socket) == 4401


async def test_a_named_site_may_speak_with_a_cameras_key(
    friendly_url: str, database: Database, someone: Someone
) -> None:
    device = await make_device(database, someone.organization_id)
    url = friendly_url.replace("http://", "ws://") + f"/ws/devices/{device.unit_id}/commands"
    async with connect(url, additional_headers={"Origin": FRIEND}) as socket:
        await say(socket, {"token": device.key})
        assert (await hear(socket))["event"] == "connected"
