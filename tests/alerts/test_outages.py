"""Nothing is lost and nothing doubled unrecognisably when a provider or a process goes down."""

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import URL

from cloud.alerts.models import DeliveryStatus
from cloud.channels.channel import Message
from tests.alerts.cameras import ABNORMAL, Camera
from tests.alerts.sending import DOWN, Post, Taker
from tests.channels.smtp_peer import SmtpPeer, run_peer
from tests.factories import make_device


async def open_incidents(camera: Camera, count: int) -> None:
    """One at each of so many cameras, all told to the same owner."""
    for number in range(count):
        name = f"Camera {number}"
        device = await make_device(
            camera.database, camera.owner.organization_id, friendly_name=name
        )
        await replace(camera, device=device).judge(ABNORMAL, 0)


async def statuses(camera: Camera) -> Counter[str]:
    return Counter(each.status for each in await camera.deliveries())


@pytest.mark.parametrize("count", [4, pytest.param(50, marks=pytest.mark.long)])
async def test_after_an_outage_of_the_provider_each_incident_is_told_once(
    camera: Camera, post: Post, count: int
) -> None:
    await open_incidents(camera, count)
    post.taker.refusal = DOWN
    for _ in range(4):
        await post.let_holds_end()
        for claim in await post.claim():
            await post.sender.send(claim)
    assert await statuses(camera) == {DeliveryStatus.PENDING: count}
    post.taker.refusal = None
    await post.let_holds_end()
    await post.send_due()
    assert await statuses(camera) == {DeliveryStatus.SENT: count}
    assert len(post.taker.taken) == len(set(post.taker.subjects)) == count


@dataclass
class Killed(Taker):
    """Takes each message, and the process dies before that can be written down."""

    ids: list[str] = field(default_factory=list)

    async def send(self, message: Message) -> str:
        self.ids.append(message.message_id)
        raise asyncio.CancelledError


async def test_taken_before_the_process_died_it_goes_out_again_under_its_id(
    camera: Camera, post: Post
) -> None:
    await open_incidents(camera, 4)
    killed = Killed()
    for claim in await post.claim():
        with pytest.raises(asyncio.CancelledError):
            await replace(post, taker=killed).sender.send(claim)
    await post.let_holds_end()
    await post.send_due()
    again = [message.message_id for message in post.taker.taken]
    assert sorted(again) == sorted(killed.ids)
    assert len(set(again)) == 4
    assert await statuses(camera) == {DeliveryStatus.SENT: 4}


@dataclass
class KillingPeer(SmtpPeer):
    """Takes a message and kills whoever sent it before it can read the answer."""

    victim: int | None = None

    async def handle_DATA(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.victim is not None:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = None
        return answer


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_twenty_kills_lose_nothing_and_every_double_has_the_first_ones_id(
    camera: Camera, post: Post, database_url: URL, tmp_path: Path
) -> None:
    await open_incidents(camera, 20)
    peer = KillingPeer()

    async def start() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.alerts.sending_process",
            database_url.render_as_string(hide_password=False),
            str(post.organization_id),
            str(peer.port),
            str(tmp_path / "other"),
        )

    async with run_peer(peer):
        for _ in range(20):
            await post.let_holds_end()
            process = await start()
            peer.victim = process.pid
            assert await process.wait() == -signal.SIGKILL
        await post.let_holds_end()
        assert await (await start()).wait() == 0
    ids = Counter(_message_id(envelope) for envelope in peer.taken)
    assert (len(ids), sum(ids.values())) == (20, 40)
    assert await statuses(camera) == {DeliveryStatus.SENT: 20}


def _message_id(envelope: Envelope) -> str:
    assert isinstance(envelope.content, bytes)
    parsed = BytesParser(EmailMessage, policy=default).parsebytes(envelope.content)
    return str(parsed["Message-ID"])
