"""Readers that never read: they are let go within a bound, and cost the others nothing."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from cloud.app import make_app
from cloud.events.append import EventKind, append
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.events.listening import STREAM, Listener, stream
from tests.factories import Someone, make_user
from tests.never_reading import never_reading, serving_hastily, until


async def tell(database: Database, someone: Someone, numbers: range, size: int) -> None:
    for number in numbers:
        async with database.work_for(someone.organization_id) as work:
            document = {"number": number, "text": "x" * size}
            await append(work, EventKind.CAPTURE_RECEIVED, document, device_id=None)


async def hear(listener: Listener, numbers: range) -> None:
    told = await listener.take(len(numbers))
    assert [each.data["number"] for each in told] == list(numbers)


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@pytest.mark.parametrize(
    ("readers", "events"), [(3, 80), pytest.param(50, 5000, marks=pytest.mark.long)]
)
async def test_who_never_reads_is_let_go_while_the_others_miss_nothing(
    settings: Settings, database_url: URL, readers: int, events: int
) -> None:
    app = make_app(settings, database_url)
    async with serving_hastily(app) as url:
        database: Database = app.state.database
        streams = app.state.event_streams
        someone = await make_user(database)
        others = [await make_user(database, someone.organization_id) for _ in range(readers)]
        async with stream(url, someone) as listener:
            await listener.next()
            with ExitStack() as stack:
                for each in others:
                    stack.enter_context(never_reading(url, STREAM, each.headers))
                assert await until(lambda: streams.count() == 1 + readers, within=10)
                before = resident_megabytes()
                for start in range(0, events, 20):
                    numbers = range(start, start + 20)
                    await tell(database, someone, numbers, 5000)
                    await hear(listener, numbers)
                assert await until(lambda: streams.count() == 1, within=5)
                assert resident_megabytes() - before < 50
            await tell(database, someone, range(events, events + 1), 1)
            await hear(listener, range(events, events + 1))
