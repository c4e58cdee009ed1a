"""The paths of the first product: the same data as under `/v1`, and the word that they are old."""

import httpx2

from cloud.accounts.models import Role
from cloud.events.append import EventKind, append
from cloud.kit.database import Database
from cloud.legacy import DEPRECATED_SINCE
from tests.events.listening import Listener
from tests.factories import loopback_client, make_device, make_user, signed_in

TRIGGER, TRIGGERS = "/legacy/v1/manual-trigger", "/legacy/v1/manual-trigger/stream"
CONFIG, EVENTS = "/legacy/v1/device-config", "/legacy/v1/capture-events/stream"


def successor(answer: httpx2.Response) -> str:
    assert answer.headers["Deprecation"] == DEPRECATED_SINCE
    path, _, relation = answer.headers["Link"].partition("; ")
    assert relation == 'rel="successor-version"'
    return path.strip("<>")


async def test_a_camera_reads_its_own_config_by_its_key(
    client: httpx2.AsyncClient, database: Database
) -> None:
    device = await make_device(database, (await make_user(database)).organization_id)
    answer = await client.get(CONFIG, headers=device.headers)
    present = await client.get(successor(answer), headers=device.headers)
    assert (answer.status_code, answer.json()) == (200, present.json())
    assert answer.headers["ETag"] == present.headers["ETag"]


async def test_a_camera_reads_no_other_ones_config(
    client: httpx2.AsyncClient, database: Database
) -> None:
    organization_id = (await make_user(database)).organization_id
    device, other = [await make_device(database, organization_id) for _ in range(2)]
    query = {"device_id": other.unit_id}
    answer = await client.get(CONFIG, params=query, headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")


async def test_a_person_names_the_camera(base_url: str, database: Database) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    async with signed_in(base_url, someone) as person:
        answer = await person.get(CONFIG, params={"device_id": device.unit_id})
        assert answer.json() == (await person.get(successor(answer))).json()
        unnamed = await person.get(CONFIG)
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "device_id_missing")


async def test_a_stranger_gets_nothing(client: httpx2.AsyncClient) -> None:
    assert (await client.get(CONFIG)).status_code == 401
    assert (await client.get(EVENTS)).status_code == 401


async def test_the_news_stream_is_the_present_one(base_url: str, database: Database) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    async with (
        signed_in(base_url, someone) as person,
        person.stream("GET", EVENTS, params={"device_id": device.unit_id}) as response,
    ):
        assert successor(response) == "/v1/capture-events/stream"
        told = await Listener(response).next()
    assert told is not None
    assert (told.event, told.data["device_id"]) == ("connected", device.unit_id)


async def test_a_camera_hears_its_own_news_until_its_key_ends(
    base_url: str, database: Database
) -> None:
    someone = await make_user(database)
    device, other = [await make_device(database, someone.organization_id) for _ in range(2)]
    async with (
        loopback_client(base_url=base_url, headers=device.headers) as camera,
        camera.stream("GET", EVENTS) as response,
        signed_in(base_url, someone) as person,
    ):
        assert successor(response) == "/v1/capture-events/stream"
        listener = Listener(response)
        assert (await listener.next()) is not None
        async with database.work_for(someone.organization_id) as work:
            for unit_id in (None, other.unit_id, device.unit_id):
                document = {"of": unit_id}
                await append(work, EventKind.DEVICE_PRESENCE, document, device_id=unit_id)
        told = await listener.next()
        assert told is not None
        assert told.data == {"of": device.unit_id}
        await person.post(f"/v1/devices/{device.unit_id}/rotate-key")
        assert await listener.next() is None
        foreign = await camera.get(EVENTS, params={"device_id": other.unit_id})
    assert foreign.status_code == 401


async def test_a_camera_hears_no_other_ones_news(
    client: httpx2.AsyncClient, database: Database
) -> None:
    organization_id = (await make_user(database)).organization_id
    device, other = [await make_device(database, organization_id) for _ in range(2)]
    for path in (EVENTS, TRIGGERS):
        query = {"device_id": other.unit_id}
        answer = await client.get(path, params=query, headers=device.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")


async def test_a_person_asks_and_both_hear_of_it(base_url: str, database: Database) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    query = {"device_id": device.unit_id}
    async with (
        loopback_client(base_url=base_url, headers=device.headers) as camera,
        signed_in(base_url, someone) as person,
        camera.stream("GET", TRIGGERS) as commands,
        person.stream("GET", TRIGGERS, params=query) as news,
    ):
        assert successor(commands) == f"/v1/devices/{device.unit_id}/commands"
        assert successor(news) == "/v1/capture-events/stream"
        heard, told = Listener(commands), Listener(news)
        assert [(await each.next()) is None for each in (heard, told)] == [False, False]
        async with database.work_for(someone.organization_id) as work:
            await append(work, EventKind.DEVICE_PRESENCE, {}, device_id=device.unit_id)
        unnamed = await person.post(TRIGGER)
        asked = await person.post(TRIGGER, params=query)
        command, trigger = await heard.next(), await told.next()
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "device_id_missing")
    assert asked.status_code == 202
    assert successor(asked) == f"/v1/devices/{device.unit_id}/trigger"
    assert command is not None
    assert trigger is not None
    assert command.data["trigger_id"] == asked.json()["trigger_id"]
    assert (trigger.event, trigger.data["requested_by"]) == ("trigger.updated", someone.email)


async def test_a_camera_asks_itself_and_no_other(
    client: httpx2.AsyncClient, database: Database
) -> None:
    someone = await make_user(database)
    device, other = [await make_device(database, someone.organization_id) for _ in range(2)]
    query = {"device_id": other.unit_id}
    foreign = await client.post(TRIGGER, params=query, headers=device.headers)
    asked = await client.post(TRIGGER, headers=device.headers)
    again = await client.post(TRIGGER, headers=device.headers)
    assert [each.status_code for each in (foreign, asked, again)] == [404, 202, 429]
    path = f"/v1/devices/{device.unit_id}/triggers"
    (trigger,) = (await client.get(path, headers=someone.headers)).json()["triggers"]
    assert (trigger["kind"], trigger["requested_by"]) == ("manual", None)


async def test_who_only_looks_asks_for_nothing(
    client: httpx2.AsyncClient, database: Database
) -> None:
    viewer = await make_user(database, role=Role.VIEWER)
    device = await make_device(database, viewer.organization_id)
    query = {"device_id": device.unit_id}
    assert (await client.post(TRIGGER, params=query, headers=viewer.headers)).status_code == 403
    assert (await client.post(TRIGGER)).status_code == 401
