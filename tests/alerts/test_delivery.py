import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.smtp import Envelope
from sqlalchemy import URL, select, update

from cloud.alerts.delivery import (
    LONGEST_WAIT_SECONDS,
    MOST_ATTEMPTS,
    SLOTS,
    Sender,
    wait_before_retry,
)
from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.alerts.queueing import DELIVERIES
from cloud.captures.models import Capture
from cloud.channels.channel import ChannelKind, Message
from cloud.channels.email_message import parse_sender
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import Security, SmtpServer
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Unavailable
from cloud.kit.queue import LeaseLost, QueuedWork
from cloud.kit.settings import Settings
from cloud.kit.worker import ClaimWorker
from cloud.storage.filesystem import FilesystemStore
from cloud.storage.keys import image_key, thumbnail_key
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera, make_camera
from tests.alerts.claiming import claim
from tests.alerts.people import choose
from tests.captures.pictures import decode, draw, encode
from tests.channels.smtp_peer import SmtpPeer, run_peer


class FlickeringDatabase(Database):
    """Away, twice, from when the peer has taken a message."""

    def __init__(self, url: URL, peer: SmtpPeer) -> None:
        super().__init__(url, pool_size=1)
        self._peer = peer
        self._outages = 2

    @asynccontextmanager
    async def work_for(self, organization_id: UUID) -> AsyncIterator[OrganizationWork]:
        if self._peer.taken and self._outages:
            self._outages -= 1
            raise Unavailable("database_unavailable", "It is away.", retry_after=1)
        async with super().work_for(organization_id) as work:
            yield work


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore(tmp_path / "store", threads=1)


@asynccontextmanager
async def sending(
    database: Database, settings: Settings, store: FilesystemStore, peer: SmtpPeer
) -> AsyncIterator[Sender]:
    """A sender whose mail goes to the peer."""
    async with run_peer(peer):
        server = SmtpServer("127.0.0.1", peer.port, Security.NONE)
        channel = SmtpChannel(server, parse_sender("alerts@visant.example.com"), threads=2)
        try:
            yield Sender(database, {ChannelKind.EMAIL: channel}, store, settings)
        finally:
            channel.close()
            store.close()


async def is_queued(database: Database, delivery: Delivery) -> bool:
    async with database.work() as work:
        found = select(QueuedWork.id).where(QueuedWork.id == delivery.id)
        return await work.scalar(found) is not None


def parse(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    return BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)


async def only_delivery(camera: Camera) -> Delivery:
    (delivery,) = await camera.deliveries()
    return delivery


async def test_a_message_that_is_taken_is_sent(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0, reason="The drill is gone.")
    queued = await only_delivery(camera)
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    delivery = await only_delivery(camera)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SENT, 1)
    assert delivery.sent_at is not None
    assert "queued as 4711" in str(delivery.last_answer)
    assert not await is_queued(camera.database, queued)
    (envelope,) = peer.taken
    assert envelope.rcpt_tos == [camera.owner.email]
    mail = parse(envelope)
    assert mail["Subject"] == "Bench camera: abnormal — The drill is gone."
    assert mail["Message-ID"] == f"<{delivery.id}@127.0.0.1>"


async def test_a_refusal_for_now_is_tried_again_with_the_same_id(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    peer = SmtpPeer(data="451 try later")
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
        waiting = await only_delivery(camera)
        assert (waiting.status, waiting.attempts) == (DeliveryStatus.PENDING, 1)
        assert waiting.last_answer == "451 try later"
        assert await is_queued(camera.database, queued)
        peer.data = "250 OK"
        await sender.send(await claim(camera.database, queued))
    delivery = await only_delivery(camera)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SENT, 2)
    assert len(peer.taken) == 1


async def test_a_refusal_for_good_fails_at_once_with_its_answer(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    peer = SmtpPeer(rcpt="550 no such mailbox")
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    delivery = await only_delivery(camera)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 1)
    assert delivery.last_answer == "550 no such mailbox"
    assert delivery.sent_at is None
    assert not await is_queued(camera.database, queued)


async def test_taken_but_never_answered_goes_out_again_under_the_same_id(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    peer = SmtpPeer(drop_before_answer=True)
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
        peer.drop_before_answer = False
        await sender.send(await claim(camera.database, queued))
    first, second = (parse(envelope)["Message-ID"] for envelope in peer.taken)
    assert first == second
    assert (await only_delivery(camera)).status == DeliveryStatus.SENT


async def test_what_was_taken_while_the_database_went_away_is_not_sent_again(
    camera: Camera, settings: Settings, store: FilesystemStore, database_url: URL
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    peer = SmtpPeer()
    flickering = FlickeringDatabase(database_url, peer)
    async with sending(flickering, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    await flickering.dispose()
    assert (await only_delivery(camera)).status == DeliveryStatus.SENT
    assert not await is_queued(camera.database, queued)
    assert len(peer.taken) == 1


async def test_a_result_is_not_written_once_the_lease_is_lost(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        late = await claim(camera.database, queued)
        current = await claim(camera.database, queued)
        with pytest.raises(LeaseLost):
            await sender.send(late)
        assert (await only_delivery(camera)).status == DeliveryStatus.PENDING
        await sender.send(current)
    assert (await only_delivery(camera)).status == DeliveryStatus.SENT
    assert len({parse(envelope)["Message-ID"] for envelope in peer.taken}) == 1


async def test_after_the_last_attempt_it_is_given_up(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    async with camera.database.work() as work:
        await work.execute(
            update(QueuedWork).where(QueuedWork.id == queued.id).values(attempts=MOST_ATTEMPTS - 1)
        )
    peer = SmtpPeer(data="451 try later")
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    delivery = await only_delivery(camera)
    assert delivery.status == DeliveryStatus.FAILED
    assert delivery.last_answer == "451 try later"


async def test_what_never_comes_to_an_end_is_given_up_as_well(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    async with camera.database.work() as work:
        await work.execute(
            update(QueuedWork).where(QueuedWork.id == queued.id).values(attempts=MOST_ATTEMPTS)
        )
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    assert peer.taken == []
    assert (await only_delivery(camera)).status == DeliveryStatus.FAILED
    assert not await is_queued(camera.database, queued)


async def test_what_was_sent_already_is_taken_off_the_queue(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    queued = await only_delivery(camera)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(update(Delivery).values(status=DeliveryStatus.SENT))
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, queued))
    assert peer.taken == []
    assert not await is_queued(camera.database, queued)


async def test_the_mail_holds_the_captures_picture(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    key = image_key(capture.organization_id, capture.received_at, capture.id)
    await store.put(key, encode(draw(160, 120)))
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, await only_delivery(camera)))
    assert decode(picture_in(peer.taken[0])).size == (160, 120)


async def test_a_large_picture_is_made_small_for_the_mail(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(update(Capture).values(width=2400, height=1800))
    key = image_key(capture.organization_id, capture.received_at, capture.id)
    await store.put(key, encode(draw(2400, 1800)))
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, await only_delivery(camera)))
    assert decode(picture_in(peer.taken[0])).size == (1120, 840)


async def test_a_picture_that_cannot_be_read_gives_way_to_its_thumbnail(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    place = (capture.organization_id, capture.received_at, capture.id)
    await store.put(image_key(*place), b"no picture")
    await store.put(thumbnail_key(*place), encode(draw(40, 30)))
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, await only_delivery(camera)))
    assert decode(picture_in(peer.taken[0])).size == (40, 30)


async def test_the_recovery_answers_the_first_mail(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    opened, recovered = await camera.deliveries()
    peer = SmtpPeer()
    async with sending(camera.database, settings, store, peer) as sender:
        await sender.send(await claim(camera.database, recovered))
    mail = parse(peer.taken[0])
    assert mail["Subject"] == "Bench camera: back to normal"
    assert mail["In-Reply-To"] == f"<{opened.id}@127.0.0.1>"


class OneDeadRecipient:
    """A channel that never answers for one recipient, until every other one was served."""

    def __init__(self, dead: str, others: int) -> None:
        self._dead = dead
        self._others = others
        self.served: list[str] = []
        self.all_served = asyncio.Event()

    async def send(self, message: Message) -> str:
        if message.to == self._dead:
            await self.all_served.wait()
            return "250 at last"
        self.served.append(message.to)
        if len(self.served) >= self._others:
            self.all_served.set()
        return "250 OK"


async def test_one_dead_recipient_delays_nobody(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    addresses = [f"{name}@example.test" for name in ("dead", "ann", "bob", "cyd")]
    await choose(camera.database, camera.owner, emails=addresses)
    await camera.judge(ABNORMAL, 0)
    channel = OneDeadRecipient(addresses[0], others=3)
    sender = Sender(camera.database, {ChannelKind.EMAIL: channel}, store, settings)
    claims = [await claim(camera.database, each) for each in await camera.deliveries()]
    await asyncio.gather(*(sender.send(each) for each in claims))
    store.close()
    assert sorted(channel.served) == sorted(addresses[1:])
    assert {each.status for each in await camera.deliveries()} == {DeliveryStatus.SENT}


async def test_a_worker_sends_what_is_queued(
    camera: Camera, settings: Settings, store: FilesystemStore
) -> None:
    await camera.judge(ABNORMAL, 0)
    async with sending(camera.database, settings, store, SmtpPeer()) as sender:
        worker = ClaimWorker(DELIVERIES, sender.send, camera.database, SLOTS, 60)
        while await worker.turn():
            pass
    assert (await only_delivery(camera)).status == DeliveryStatus.SENT


@pytest.mark.parametrize("attempts", [1, 2, 5, 12, MOST_ATTEMPTS])
def test_waits_grow_up_to_a_day(attempts: int) -> None:
    longest = min(LONGEST_WAIT_SECONDS, 30 * 2 ** (attempts - 1))
    waits = [wait_before_retry(attempts) for _ in range(200)]
    assert 0 <= min(waits) < longest / 2 < max(waits) <= longest


def picture_in(envelope: Envelope) -> bytes:
    (picture,) = (
        part for part in parse(envelope).walk() if part.get_content_type() == "image/jpeg"
    )
    content: bytes = picture.get_content()
    return content
