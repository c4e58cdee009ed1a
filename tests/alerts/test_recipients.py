"""Who is told by which channel: kept sealed, asked first where they are strangers, per camera."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import select, text, update
from standardwebhooks import Webhook

from cloud.accounts.models import Role
from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery, DeliveryStatus, Recipient
from cloud.alerts.recipients import email_recipient, read_destination, read_secrets
from cloud.channels.channel import ChannelKind
from cloud.channels.outbound import Outbound
from cloud.channels.webhook import WebhookChannel, new_webhook_secret
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera, make_camera
from tests.alerts.claiming import claim
from tests.alerts.people import SEAL
from tests.channels.http_peer import HttpPeer, run_http_peer
from tests.factories import make_user, signed_in

PATH = "/v1/notifications"
HOOK = "https://hooks.example.com/visant/a-secret-path"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


async def put(client: httpx2.AsyncClient, body: dict[str, Any], path: str = PATH) -> Any:
    answer = await client.put(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def recipients(camera: Camera) -> list[Recipient]:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        rows = await work.session.scalars(select(Recipient).order_by(Recipient.created_at))
        return list(rows.all())


async def test_a_webhook_without_a_secret_gets_one_that_is_shown_once(
    owner: httpx2.AsyncClient,
) -> None:
    (channel,) = (await put(owner, {"channels": [{"kind": "webhook", "url": HOOK}]}))["channels"]
    assert channel["url"] == HOOK
    assert channel["secret"].startswith("whsec_")
    (later,) = (await owner.get(PATH)).json()["channels"]
    assert later == {"kind": "webhook", "url": HOOK}


async def test_secrets_and_urls_are_sealed_in_the_database(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    secret = new_webhook_secret()
    channels = [
        {"kind": "webhook", "url": HOOK, "secret": secret},
        {"kind": "apprise", "url": DISCORD},
    ]
    await put(owner, {"channels": channels})
    async with camera.database.work_for(camera.owner.organization_id) as work:
        rows = await work.execute(text("SELECT recipients::text FROM recipients"))
        settings = await work.execute(text("SELECT document::text FROM notification_settings"))
        audit = await work.execute(text("SELECT detail::text FROM audit_entries"))
        kept = " ".join(row[0] for each in (rows, settings, audit) for row in each)
    for hidden in (secret, "a-secret-path", "JHMHI8qBe7bk2ZwO5U711o3dV_js"):
        assert hidden not in kept


async def test_members_see_no_more_of_an_address_than_is_needed(
    owner: httpx2.AsyncClient, base_url: str, camera: Camera
) -> None:
    channels = [{"kind": "webhook", "url": HOOK}, {"kind": "apprise", "url": DISCORD}]
    await put(owner, {"channels": channels})
    member = await make_user(camera.database, camera.owner.organization_id, role=Role.MEMBER)
    async with signed_in(base_url, member) as client:
        shown = (await client.get(PATH)).text
    assert "hooks.example.com" in shown
    assert "a-secret-path" not in shown
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in shown


async def test_what_was_read_may_be_written_back(owner: httpx2.AsyncClient, camera: Camera) -> None:
    channels = [{"kind": "webhook", "url": HOOK}, {"kind": "apprise", "url": DISCORD}]
    await put(owner, {"channels": channels})
    before = await recipients(camera)
    await put(owner, {"channels": (await owner.get(PATH)).json()["channels"]})
    as_shown = [{"kind": each.channel, "url": each.shown} for each in before]
    await put(owner, {"channels": as_shown})
    after = await recipients(camera)
    assert [each.id for each in after] == [each.id for each in before]
    assert after[0].sealed_secret == before[0].sealed_secret


async def test_a_stranger_is_asked_once_before_anything_is_sent(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    body = {"channels": [{"kind": "email", "to": "stranger@elsewhere.example"}]}
    (channel,) = (await put(owner, body))["channels"]
    assert channel["silent"] == "This address has not been confirmed yet."
    await put(owner, body)
    await camera.judge(ABNORMAL, 0)
    asked, told = await camera.deliveries()
    assert (asked.kind, asked.status) == ("confirmation", DeliveryStatus.PENDING)
    assert (told.kind, told.status) == ("opened", DeliveryStatus.FAILED)
    assert told.last_answer == "This address has not been confirmed yet."


async def test_an_address_at_the_organizations_own_host_is_not_asked(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    host = camera.owner.email.partition("@")[2]
    body = {"channels": [{"kind": "email", "to": f"workshop@{host}"}]}
    assert "silent" not in (await put(owner, body))["channels"][0]


async def test_a_camera_does_otherwise_and_inherits_the_rest(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    path = f"/v1/devices/{camera.device.unit_id}/notifications"
    await put(owner, {"cooldown_minutes": 7, "on_uncertain": True})
    own = await put(owner, {"cooldown_minutes": 1}, path)
    assert (own["cooldown_minutes"], own["on_uncertain"]) == (1, True)
    assert own["own"] == ["cooldown_minutes"]
    assert (await owner.get(PATH)).json()["cooldown_minutes"] == 7
    again = await put(owner, {"inherit": ["cooldown_minutes"]}, path)
    assert (again["cooldown_minutes"], again["own"]) == (7, [])


async def test_a_cameras_own_recipients_are_told(owner: httpx2.AsyncClient, camera: Camera) -> None:
    host = camera.owner.email.partition("@")[2]
    path = f"/v1/devices/{camera.device.unit_id}/notifications"
    await put(owner, {"channels": [{"kind": "email", "to": f"night@{host}"}]}, path)
    await camera.judge(ABNORMAL, 0)
    assert await camera.told() == [("opened", f"night@{host}")]


@pytest.mark.parametrize(
    "body",
    [{"inherit": ["surprise"]}, {"inherit": ["enabled"], "enabled": True}],
)
async def test_what_makes_no_sense_for_a_camera_is_refused(
    owner: httpx2.AsyncClient, camera: Camera, body: dict[str, Any]
) -> None:
    path = f"/v1/devices/{camera.device.unit_id}/notifications"
    assert (await owner.put(path, json=body)).status_code == 422


async def test_what_was_read_can_be_put_back_as_it_is(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    stranger = {"kind": "email", "to": "somebody@elsewhere.example"}
    escalation = {"after_minutes": 5, "channels": [stranger]}
    await put(owner, {"channels": [stranger], "escalation": escalation})
    for path in (PATH, f"/v1/devices/{camera.device.unit_id}/notifications"):
        before = (await owner.get(path)).json()
        assert "silent" in before["channels"][0]
        after = await put(owner, before, path)
        assert after | {"own": None} == before | {"own": None}


async def test_the_question_whether_somebody_wants_messages_is_listed_where_asked_for(
    owner: httpx2.AsyncClient,
) -> None:
    await put(owner, {"channels": [{"kind": "email", "to": "somebody@elsewhere.example"}]})
    assert (await owner.get("/v1/deliveries")).json()["deliveries"] == []
    asked = await owner.get("/v1/deliveries", params={"confirmations": "true"})
    (question,) = asked.json()["deliveries"]
    assert (question["kind"], question["withdrawn"]) == ("confirmation", False)


async def test_null_quiet_hours_are_none(owner: httpx2.AsyncClient) -> None:
    night = {"days": ["mon"], "from": "22:00", "to": "06:00", "time_zone": "UTC"}
    await put(owner, {"quiet_hours": [night]})
    assert (await put(owner, {"quiet_hours": None}))["quiet_hours"] == []


@asynccontextmanager
async def sending_hooks(
    camera: Camera, settings: Settings, store: FilesystemStore, peer: HttpPeer
) -> AsyncIterator[Sender]:
    channel = WebhookChannel(Outbound.of(["127.0.0.0/8"]))
    async with run_http_peer(peer):
        yield Sender(camera.database, {ChannelKind.WEBHOOK: channel}, store, settings)
    store.close()


@pytest.fixture
def lan(settings: Settings) -> Settings:
    return settings.model_copy(update={"outbound_allowed_networks": ["127.0.0.0/8"]})


async def test_an_incident_reaches_a_webhook_signed_from_first_to_last(
    camera: Camera, lan: Settings, tmp_path: Any
) -> None:
    peer, secret = HttpPeer(status=204), new_webhook_secret()
    async with sending_hooks(camera, lan, FilesystemStore(tmp_path, threads=1), peer) as sender:
        await camera.choose_webhook(f"{peer.url}/hook", secret)
        for minute, state in enumerate([ABNORMAL, NORMAL, NORMAL]):
            await camera.judge(state, minute)
        for delivery in await camera.deliveries():
            await sender.send(await claim(camera.database, delivery))
    opened, recovered = (Webhook(secret).verify(p.body, dict(p.headers)) for p in peer.posted)
    assert (opened["type"], recovered["type"]) == ("incident.opened", "incident.recovered")
    assert opened["data"]["device_id"] == camera.device.unit_id
    assert recovered["data"]["state"] == "resolved"
    ids = {posted.headers["webhook-id"] for posted in peer.posted}
    assert ids == {str(each.id) for each in await camera.deliveries()}
    assert {each.status for each in await camera.deliveries()} == {DeliveryStatus.SENT}


async def test_a_changed_secret_signs_beside_the_new_one_for_a_day(
    camera: Camera, lan: Settings, tmp_path: Any
) -> None:
    peer = HttpPeer()
    old, new = new_webhook_secret(), new_webhook_secret()
    async with sending_hooks(camera, lan, FilesystemStore(tmp_path, threads=1), peer) as sender:
        await camera.choose_webhook(f"{peer.url}/hook", old)
        await camera.choose_webhook(f"{peer.url}/hook", new)
        await camera.judge(ABNORMAL, 0)
        (delivery,) = await camera.deliveries()
        await sender.send(await claim(camera.database, delivery))
        await _let_the_day_pass(camera)
        await camera.judge(NORMAL, 1)
        await camera.judge(NORMAL, 2)
        await sender.send(await claim(camera.database, (await camera.deliveries())[1]))
    during, after = peer.posted
    for secret in (old, new):
        assert Webhook(secret).verify(during.body, dict(during.headers))
    assert Webhook(new).verify(after.body, dict(after.headers)) == orjson.loads(after.body)
    assert after.headers["webhook-signature"].count("v1,") == 1


async def _let_the_day_pass(camera: Camera) -> None:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(
            update(Recipient).values(earlier_secret_until=utc_now() - timedelta(seconds=1))
        )


async def test_under_another_secret_key_the_failure_says_what_to_do(
    camera: Camera, lan: Settings, tmp_path: Any
) -> None:
    async with sending_hooks(
        camera, lan, FilesystemStore(tmp_path, threads=1), HttpPeer()
    ) as sender:
        await camera.choose_webhook("http://127.0.0.1:9/hook", new_webhook_secret())
        async with camera.database.work_for(camera.owner.organization_id) as work:
            await work.execute(update(Recipient).values(sealed_address="of another key"))
        await camera.judge(ABNORMAL, 0)
        (delivery,) = await camera.deliveries()
        await sender.send(await claim(camera.database, delivery))
    failed: Delivery = (await camera.deliveries())[0]
    assert failed.status == DeliveryStatus.FAILED
    assert "SECRET_KEY was changed" in (failed.last_answer or "")


async def test_named_again_an_address_of_another_secret_key_is_told_again(
    camera: Camera, owner: httpx2.AsyncClient
) -> None:
    await put(owner, {"channels": [{"kind": "webhook", "url": HOOK}]})
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(update(Recipient).values(sealed_address="x", sealed_secret="y"))
    (channel,) = (await put(owner, {"channels": [{"kind": "webhook", "url": HOOK}]}))["channels"]
    assert channel["secret"].startswith("whsec_")
    given = new_webhook_secret()
    body = {"channels": [{"kind": "webhook", "url": HOOK, "secret": given}]}
    await put(owner, body)
    (recipient,) = await recipients(camera)
    assert read_secrets(recipient, SEAL) == (given, channel["secret"])
    assert read_destination(recipient, SEAL) == HOOK


@pytest.mark.parametrize(
    ("colleague", "is_verified", "is_asked"),
    [
        ("somebody@lab.example", True, False),
        ("somebody@lab.example", False, True),
        ("somebody@gmail.com", True, True),
    ],
)
async def test_a_shared_host_vouches_only_where_it_is_ones_own(
    base_url: str, database: Database, *, colleague: str, is_verified: bool, is_asked: bool
) -> None:
    host = colleague.rpartition("@")[2]
    email = f"{new_id().hex}@{host}"
    owner = await make_user(database, email=email, verified=is_verified)
    body = {"channels": [{"kind": "email", "to": colleague}]}
    async with signed_in(base_url, owner) as client:
        (channel,) = (await put(client, body))["channels"]
    assert ("silent" in channel) is is_asked


async def test_an_owner_is_told_though_the_address_was_once_a_strangers(camera: Camera) -> None:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        stranger = email_recipient(camera.owner.email)
        stranger.id, stranger.organization_id = new_id(), work.organization_id
        stranger.confirmed_at = None
        work.add(stranger)
    await camera.judge(ABNORMAL, 0)
    (delivery,) = await camera.deliveries()
    assert delivery.status == DeliveryStatus.PENDING
