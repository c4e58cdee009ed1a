"""Trying out how people are told: tests that say what came of them, previews that send nothing."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from cloud.accounts.models import Role
from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.channels.channel import ChannelKind, DeliveryFailed, Message
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from cloud.storage.keys import image_key
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera, make_camera
from tests.alerts.claiming import claim
from tests.alerts.people import choose
from tests.captures.pictures import draw, encode
from tests.factories import make_user, signed_in


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


class Answering:
    """A channel that keeps what it is given, and refuses where it is told to."""

    def __init__(self, refusal: DeliveryFailed | None = None) -> None:
        self.messages: list[Message] = []
        self._refusal = refusal

    async def send(self, message: Message) -> str:
        if self._refusal is not None:
            raise self._refusal
        self.messages.append(message)
        return "250 taken as 4711"


@pytest.fixture
def app_store(app: FastAPI) -> FilesystemStore:
    store: FilesystemStore = app.state.store
    return store


async def test_a_test_goes_to_everybody_and_its_answer_is_shown(
    camera: Camera, owner: httpx2.AsyncClient, settings: Settings, app_store: FilesystemStore
) -> None:
    capture = await camera.judge(NORMAL, 0)
    key = image_key(capture.organization_id, capture.received_at, capture.id)
    await app_store.put(key, encode(draw(160, 120)))
    answer = await owner.post(f"/v1/devices/{camera.device.unit_id}/notifications/test")
    assert answer.status_code == 202
    (queued,) = answer.json()["deliveries"]
    assert (queued["kind"], queued["status"]) == ("test", "pending")
    (delivery,) = await camera.deliveries()
    channel = Answering()
    sender = Sender(camera.database, {ChannelKind.EMAIL: channel}, app_store, settings)
    await sender.send(await claim(camera.database, delivery))
    (sent,) = (await owner.get("/v1/deliveries")).json()["deliveries"]
    assert (sent["status"], sent["last_answer"]) == ("sent", "250 taken as 4711")
    (message,) = channel.messages
    assert message.subject.startswith("Test: messages of ")
    assert "Bench camera" in message.text
    assert len(message.inline_images) == 1
    assert await camera.incidents() == []


async def test_the_organizations_test_needs_no_camera(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    assert (await owner.post("/v1/notifications/test")).status_code == 202
    assert [each.kind for each in await camera.deliveries()] == ["test"]


async def test_where_nobody_is_told_a_test_says_so(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await choose(camera.database, camera.owner, emails=[])
    answer = await owner.post("/v1/notifications/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "nobody_to_tell")


async def test_tests_are_bounded(camera: Camera, owner: httpx2.AsyncClient) -> None:
    answers = [(await owner.post("/v1/notifications/test")).status_code for _ in range(11)]
    assert answers == [202] * 10 + [429]


async def test_members_may_look_but_not_send(
    camera: Camera, base_url: str, database: Database
) -> None:
    member = await make_user(database, camera.owner.organization_id, role=Role.MEMBER)
    await camera.judge(ABNORMAL, 0)
    async with signed_in(base_url, member) as client:
        assert (await client.post("/v1/notifications/test")).status_code == 403
        assert (await client.get("/v1/notifications/preview")).status_code == 200


@pytest.mark.parametrize(
    ("kind", "words"), [("opened", "abnormal"), ("recovered", "back to normal")]
)
async def test_a_preview_shows_a_real_picture_and_sends_nothing(
    camera: Camera, owner: httpx2.AsyncClient, app_store: FilesystemStore, kind: str, words: str
) -> None:
    capture = await camera.judge(ABNORMAL, 0, reason="The drill is gone.")
    key = image_key(capture.organization_id, capture.received_at, capture.id)
    await app_store.put(key, encode(draw(160, 120)))
    told = len(await camera.deliveries())
    path = f"/v1/devices/{camera.device.unit_id}/notifications/preview?kind={kind}"
    preview = (await owner.get(path)).json()
    assert words in preview["subject"]
    assert "Bench camera" in preview["text"]
    assert "data:image/jpeg;base64," in preview["html"]
    assert preview["webhook"]["type"] == f"incident.{kind}"
    assert len(await camera.deliveries()) == told
    audit = (await owner.get("/v1/organization/audit")).json()["items"]
    viewed = [each["subject"] for each in audit if each["action"] == "capture.viewed"]
    assert viewed == [str(capture.id)], "a picture was seen"


async def test_a_preview_pretends_where_nothing_was_abnormal_and_writes_none_of_it(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    capture = await camera.judge(NORMAL, 0, reason="All is in its place.")
    path = f"/v1/devices/{camera.device.unit_id}/notifications/preview?kind=opened"
    preview = (await owner.get(path)).json()
    assert "All is in its place." not in preview["text"]
    assert "not as it should be" in preview["text"]
    shown = (await owner.get(f"/v1/captures/{capture.id}")).json()
    assert (shown["state"], shown["reason"]) == ("normal", "All is in its place.")


async def test_without_a_camera_there_is_nothing_to_preview(
    base_url: str, database: Database
) -> None:
    async with signed_in(base_url, await make_user(database)) as client:
        answer = await client.get("/v1/notifications/preview")
    assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")


async def test_a_failed_message_is_sent_again_under_its_own_id(
    camera: Camera, owner: httpx2.AsyncClient, settings: Settings, app_store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    (delivery,) = await camera.deliveries()
    refusing = Answering(DeliveryFailed(permanent=True, answer="550 no such mailbox"))
    sender = Sender(camera.database, {ChannelKind.EMAIL: refusing}, app_store, settings)
    await sender.send(await claim(camera.database, delivery))
    assert (await camera.deliveries())[0].status == DeliveryStatus.FAILED
    answer = await owner.post(f"/v1/deliveries/{delivery.id}/redeliver")
    assert (answer.status_code, answer.json()["attempts"]) == (202, 0)
    taking = Answering()
    sender = Sender(camera.database, {ChannelKind.EMAIL: taking}, app_store, settings)
    await sender.send(await claim(camera.database, delivery))
    (again,) = await camera.deliveries()
    assert (again.id, again.status) == (delivery.id, DeliveryStatus.SENT)
    assert taking.messages[0].message_id.startswith(str(delivery.id))


async def test_what_is_on_its_way_is_not_sent_twice(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    (delivery,) = await camera.deliveries()
    answer = await owner.post(f"/v1/deliveries/{delivery.id}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_pending")


async def test_who_is_not_known_any_more_cannot_be_told_again(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 0)
    (delivery,) = await camera.deliveries()
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(update(Delivery).values(recipient_id=None, status=DeliveryStatus.FAILED))
    answer = await owner.post(f"/v1/deliveries/{delivery.id}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (409, "recipient_silent")


async def test_the_days_digest_is_previewed_for_the_organization(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await camera.judge(ABNORMAL, 60)
    preview = (await owner.get("/v1/notifications/preview?kind=digest")).json()
    assert "1 incident" in preview["subject"]
    assert preview["webhook"]["type"] == "digest.daily"
    assert preview["webhook"]["data"]["cameras"][0]["friendly_name"] == "Bench camera"
    own = f"/v1/devices/{camera.device.unit_id}/notifications/preview?kind=digest"
    assert (await owner.get(own)).status_code == 422
    assert "digest" not in [each.kind for each in await camera.deliveries()]
