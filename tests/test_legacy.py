"""The paths of the first product: the same data as under `/v1`, and the word that they are old."""

import httpx2

from cloud.kit.database import Database
from cloud.legacy import DEPRECATED_SINCE
from tests.events.listening import Listener
from tests.factories import make_device, make_user, signed_in

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
