"""Cameras that never read their commands: they are let go, by whichever way they listen."""

import pytest
from sqlalchemy import URL

from cloud.app import make_app
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.devices.arranging import Signed
from tests.devices.listening import ask, commands
from tests.factories import make_device
from tests.never_reading import UPGRADE, never_reading, serving_hastily, until

MORE_THAN_ITS_BUFFER_TAKES = 60


@pytest.mark.parametrize("by", ["events", "socket"])
async def test_a_camera_that_never_reads_is_let_go_while_another_misses_nothing(
    owner: Signed, settings: Settings, database_url: URL, by: str
) -> None:
    app = make_app(settings, database_url)
    async with serving_hastily(app) as url:
        database: Database = app.state.database
        streams = app.state.command_streams
        silent, other = [
            await make_device(database, owner.someone.organization_id) for _ in range(2)
        ]
        for _ in range(MORE_THAN_ITS_BUFFER_TAKES):
            await ask(database, silent)
        path = {
            "events": f"/v1/devices/{silent.unit_id}/commands",
            "socket": f"/ws/devices/{silent.unit_id}/commands",
        }[by]
        headers = silent.headers if by == "events" else {**silent.headers, **UPGRADE}
        async with commands(url, other) as camera:
            await camera.next()
            with never_reading(url, path, headers):
                assert await until(lambda: streams.count() == 2, within=10)
                assert await until(lambda: streams.count() == 1, within=5)
            command_id = await ask(database, other)
            told = await camera.next()
            assert told is not None
            assert told.data["command_id"] == str(command_id)
