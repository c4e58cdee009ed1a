"""The digital output of a camera: on from the incident's opening to its end, over real streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from sqlalchemy import URL, select

from cloud.alerts.models import IncidentKind
from cloud.alerts.notifications import read_notifications
from cloud.alerts.standing import open_standing
from cloud.app import make_app
from cloud.captures.models import State
from cloud.devices.models import Device
from cloud.devices.queries import lock_device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.alerts.cameras import Camera, make_camera
from tests.conftest import serving
from tests.devices.listening import commands
from tests.events.listening import Listener
from tests.factories import loopback_client


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
async def operator(camera: Camera, base_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with loopback_client(base_url=base_url, headers=camera.owner.headers) as client:
        yield client


async def enable(operator: httpx2.AsyncClient, camera: Camera, *, on: bool = True) -> None:
    path = f"/v1/devices/{camera.device.unit_id}/config"
    answer = await operator.put(path, json={"digital_output_enabled": on})
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def listening(base_url: str, camera: Camera, *, begins: bool) -> AsyncIterator[Listener]:
    """The camera's stream after its first message, which says whether the output is on."""
    async with commands(base_url, camera.device) as listener:
        connected = await listener.next()
        assert connected is not None
        assert connected.data["output_on"] is begins
        yield listener


async def told(listener: Listener) -> bool:
    """What the next message says of the output."""
    message = await listener.next()
    assert message is not None
    assert message.event == "output"
    on: bool = message.data["on"]
    return on


async def test_an_incident_switches_the_output_on_until_it_is_over(
    base_url: str, camera: Camera, operator: httpx2.AsyncClient
) -> None:
    await enable(operator, camera)
    async with listening(base_url, camera, begins=False) as listener:
        await camera.judge(State.ABNORMAL, 0)
        assert await told(listener) is True
        await camera.judge(State.NORMAL, 1)
        await camera.judge(State.NORMAL, 2)
        assert await told(listener) is False


async def test_a_person_who_resolves_it_switches_it_off_and_one_who_acknowledges_does_not(
    base_url: str, camera: Camera, operator: httpx2.AsyncClient
) -> None:
    await enable(operator, camera)
    await camera.judge(State.ABNORMAL, 0)
    path = f"/v1/incidents/{(await camera.incident()).id}"
    await operator.post(f"{path}/acknowledge")
    async with listening(base_url, camera, begins=True) as listener:
        await operator.post(f"{path}/resolve", json={"as": "real"})
        assert await told(listener) is False


async def test_a_camera_that_connects_elsewhere_later_hears_what_is_so_now(
    base_url: str,
    camera: Camera,
    operator: httpx2.AsyncClient,
    settings: Settings,
    database_url: URL,
) -> None:
    await enable(operator, camera)
    async with listening(base_url, camera, begins=False):
        pass
    await camera.judge(State.ABNORMAL, 0)
    async with (
        serving(make_app(settings, database_url)) as other_url,
        listening(other_url, camera, begins=True) as listener,
    ):
        await camera.judge(State.NORMAL, 1)
        await camera.judge(State.NORMAL, 2)
        assert await told(listener) is False


async def test_an_output_that_is_not_switched_on_hears_of_no_incident(
    base_url: str, camera: Camera, operator: httpx2.AsyncClient
) -> None:
    await camera.judge(State.ABNORMAL, 0)
    async with listening(base_url, camera, begins=False) as listener:
        await enable(operator, camera)
        config = await listener.next()
        assert config is not None
        assert config.event == "config"
        assert await told(listener) is True
        await enable(operator, camera, on=False)
        assert [message.event for message in await listener.take(2)] == ["config", "output"]


async def test_a_camera_that_is_away_or_a_model_that_fails_lights_no_lamp(
    database: Database, camera: Camera
) -> None:
    async with database.work_for(camera.device.organization_id) as work:
        device = await lock_device(work, camera.device.device_id)
        assert device is not None
        notifications = await read_notifications(work)
        for kind in (IncidentKind.OFFLINE, IncidentKind.AI_FAILING):
            await open_standing(work, device, kind, utc_now(), notifications)
    async with database.work_for(camera.device.organization_id) as work:
        is_on = await work.scalar(
            select(Device.output_on).where(Device.id == camera.device.device_id)
        )
    assert len(await camera.incidents()) == 2
    assert is_on is False


async def test_a_verdict_that_opens_nothing_leaves_the_output_alone(
    database: Database, camera: Camera
) -> None:
    await camera.configure(open_after=2, of=2)
    await camera.judge(State.ABNORMAL, 0)
    async with database.work_for(camera.device.organization_id) as work:
        assert not await work.scalar(
            select(Device.output_on).where(Device.id == camera.device.device_id)
        )
