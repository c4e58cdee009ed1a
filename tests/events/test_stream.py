import asyncio
from contextlib import AsyncExitStack
from typing import Any, NoReturn

import pytest
from fastapi import FastAPI
from sqlalchemy import URL, delete, update

from cloud.accounts.models import Session
from cloud.app import make_app
from cloud.devices.spelling import new_unit_id
from cloud.events import stream as module
from cloud.events.append import EventKind, append
from cloud.events.models import Event
from cloud.events.stream import STREAMS_OF_ONE_PERSON
from cloud.kit import worker
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.conftest import serving
from tests.events.listening import STREAM, Told, stream
from tests.factories import Someone, loopback_client, make_device, make_user, signed_in

KIND = EventKind.CAPTURE_RECEIVED


@pytest.fixture
async def someone(database: Database) -> Someone:
    return await make_user(database)


async def tell(
    database: Database, someone: Someone, *names: str, device_id: str | None = None
) -> None:
    """Append an event for each name, all in one transaction."""
    async with database.work_for(someone.organization_id) as work:
        for name in names:
            await append(work, KIND, {"name": name}, device_id=device_id)


def names(told: list[Told]) -> list[Any]:
    return [each.data.get("name") for each in told]


async def test_a_stream_says_first_where_the_log_stands(
    base_url: str, database: Database, someone: Someone
) -> None:
    await tell(database, someone, "old", "older")
    async with stream(base_url, someone) as listener:
        connected = await listener.next()
    expected = {"organization_id": str(someone.organization_id), "last_event_id": 2}
    assert connected == Told("connected", 2, expected)
    assert listener.response.headers["content-type"].startswith("text/event-stream")
    assert listener.response.headers["cache-control"] == "private, no-store"
    assert listener.response.headers["x-accel-buffering"] == "no"


async def test_news_come_as_they_happen_with_their_numbers(
    base_url: str, database: Database, someone: Someone
) -> None:
    async with stream(base_url, someone) as listener:
        await listener.next()
        await tell(database, someone, "one", "two")
        told = await listener.take(2)
    assert told == [
        Told("capture.received", 1, {"name": "one"}),
        Told("capture.received", 2, {"name": "two"}),
    ]


async def test_what_was_missed_comes_first_and_then_what_happens(
    base_url: str, database: Database, someone: Someone
) -> None:
    await tell(database, someone, "one", "two", "three")
    async with stream(base_url, someone, after=1) as listener:
        connected = await listener.next()
        await tell(database, someone, "four")
        told = await listener.take(3)
    assert connected is not None
    assert connected.id == 1, "not yet seen is not yet replayed"
    assert [each.id for each in told] == [2, 3, 4]
    assert names(told) == ["two", "three", "four"]


async def test_many_missed_events_come_without_gap_or_repetition_while_new_ones_come(
    base_url: str, database: Database, someone: Someone
) -> None:
    await tell(database, someone, *map(str, range(450)))
    async with stream(base_url, someone, after=0) as listener:
        telling = asyncio.create_task(tell_slowly(database, someone))
        await listener.next()
        told = await listener.take(460)
        await telling
    assert [each.id for each in told] == list(range(1, 461))


async def tell_slowly(database: Database, someone: Someone) -> None:
    for number in range(10):
        await tell(database, someone, f"new {number}")


async def test_a_failure_that_nobody_foresaw_ends_the_streams_and_not_the_telling(
    base_url: str, database: Database, someone: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stream(base_url, someone) as listener:
        await listener.next()
        with monkeypatch.context() as patched:
            patched.setattr(worker, "PAUSE_AFTER_FAILURE_SECONDS", 0)
            patched.setattr(module, "news_after", unreadable)
            await tell(database, someone, "one")
            assert await listener.next() is None, "whoever comes again misses nothing"
    async with stream(base_url, someone, after=0) as listener:
        await listener.next()
        await tell(database, someone, "two")
        assert names(await listener.take(2)) == ["one", "two"]


async def unreadable(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError


async def test_nothing_of_another_organization_is_ever_told(
    base_url: str, database: Database, someone: Someone
) -> None:
    other = await make_user(database)
    await tell(database, other, "theirs before")
    async with stream(base_url, someone, after=0) as listener:
        await listener.next()
        await tell(database, other, "theirs")
        await tell(database, someone, "ours")
        assert names(await listener.take(1)) == ["ours"]


async def test_a_stream_of_one_device_tells_of_no_other(
    base_url: str, database: Database, someone: Someone
) -> None:
    device = (await make_device(database, someone.organization_id)).unit_id
    await tell(database, someone, "before", device_id=device)
    await tell(database, someone, "another's before", device_id="VS-B")
    async with stream(base_url, someone, after=0, device_id=device) as listener:
        connected = await listener.next()
        await tell(database, someone, "nobody's")
        await tell(database, someone, "another's", device_id="VS-B")
        await tell(database, someone, "its own", device_id=device)
        told = await listener.take(2)
    assert connected is not None
    assert connected.data["device_id"] == device
    assert names(told) == ["before", "its own"]


async def test_a_stream_of_a_device_that_is_not_there_is_not_found(
    base_url: str, database: Database, someone: Someone
) -> None:
    foreign = await make_device(database, (await make_user(database)).organization_id)
    async with signed_in(base_url, someone) as client:
        answers = [
            await client.get(STREAM, params={"device_id": device_id})
            for device_id in (foreign.unit_id, new_unit_id())
        ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("after", ["0", "99", "9" * 39])
async def test_a_reader_that_cannot_be_replayed_is_told_to_read_anew(
    base_url: str, database: Database, someone: Someone, after: str
) -> None:
    await tell(database, someone, "one", "two", "three")
    async with database.work_for(someone.organization_id) as work:
        await work.execute(delete(Event).where(Event.seq < 3))
    async with stream(base_url, someone, after=after) as listener:
        await listener.next()
        await tell(database, someone, "four")
        told = await listener.take(2)
    assert [each.event for each in told] == ["reset", "capture.received"]
    assert [each.id for each in told] == [3, 4]


@pytest.mark.parametrize("after", ["", "abc", "-1", "1.5", "¹"])
async def test_an_odd_last_event_id_is_none(
    base_url: str, database: Database, someone: Someone, after: str
) -> None:
    await tell(database, someone, "one")
    async with loopback_client(base_url=base_url, headers=someone.headers) as client:
        sent = {b"Last-Event-ID": after.encode("latin-1")}
        async with client.stream("GET", STREAM, headers=sent) as response:
            assert response.status_code == 200


async def test_silence_is_filled_with_pings(base_url: str, someone: Someone) -> None:
    async with stream(base_url, someone) as listener:
        await listener.next()
        told = await listener.ping()
    assert told is not None
    assert told.event == "ping"
    assert told.id is None
    assert told.data["server_time"].endswith("Z")


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_stream_ends_when_its_reader_signs_out(
    base_url: str, someone: Someone, *, everywhere: bool
) -> None:
    async with (
        stream(base_url, someone) as listener,
        signed_in(base_url, someone) as client,
    ):
        await listener.next()
        answer = await client.post("/v1/auth/logout", json={"all": everywhere})
        assert answer.status_code == 204
        assert await listener.next() is None
        assert (await client.get(STREAM)).status_code == 401


async def test_a_stream_ends_when_its_sign_in_has_run_out(
    settings: Settings, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PEOPLE_EVERY_SECONDS", 0.1)
    app = make_app(settings, database_url)
    async with serving(app) as address:
        someone = await make_user(app.state.database)
        async with stream(address, someone) as listener:
            await listener.next()
            async with app.state.database.work() as work:
                mine = update(Session).where(Session.user_id == someone.user_id)
                await work.execute(mine.values(expires_at=utc_now()))
            assert await listener.next() is None


async def test_another_persons_sign_out_ends_nothing(
    base_url: str, database: Database, someone: Someone
) -> None:
    other = await make_user(database, someone.organization_id)
    async with stream(base_url, someone) as listener, signed_in(base_url, other) as client:
        await listener.next()
        await client.post("/v1/auth/logout")
        await tell(database, someone, "still here")
        assert names(await listener.take(1)) == ["still here"]


async def test_too_many_streams_of_one_person_are_refused(base_url: str, someone: Someone) -> None:
    async with AsyncExitStack() as stack:
        listeners = [
            await stack.enter_async_context(stream(base_url, someone))
            for _ in range(STREAMS_OF_ONE_PERSON)
        ]
        for listener in listeners:
            await listener.next()
        async with signed_in(base_url, someone) as client:
            refused = await client.get(STREAM)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert refused.headers["Retry-After"]


async def test_streams_end_when_the_process_stops(settings: Settings, database_url: URL) -> None:
    app: FastAPI = make_app(settings, database_url)
    async with serving(app) as address:
        someone = await make_user(app.state.database)
        async with stream(address, someone) as listener:
            await listener.next()
            app.state.stopping.set()
            assert await listener.next() is None


async def test_a_missed_bell_is_made_up_for_while_others_keep_ringing(
    base_url: str, database: Database, someone: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 0.2)
    noisy = await make_user(database)
    async with stream(base_url, noisy) as other, stream(base_url, someone) as listener:
        await other.next()
        await listener.next()
        noise = asyncio.create_task(ring_on(database, noisy))
        await tell_without_bell(database, someone)
        assert names(await listener.take(1)) == ["unheard"]
        noise.cancel()


async def ring_on(database: Database, someone: Someone) -> None:
    while True:
        await tell(database, someone, "noise")


async def tell_without_bell(database: Database, someone: Someone) -> None:
    async with database.work_for(someone.organization_id) as work:
        await append(work, KIND, {"name": "first"}, device_id=None)
        await work.session.rollback()
    async with database.work_for(someone.organization_id) as work:
        work.add(
            Event(
                organization_id=someone.organization_id,
                seq=1,
                kind=KIND,
                data={"name": "unheard"},
            )
        )
