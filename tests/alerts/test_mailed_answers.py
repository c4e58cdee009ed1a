"""Links in mails: each does one thing, once, for a while, and the audit knows who."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from cloud.accounts.models import AuditEntry
from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery, MailedLink, Recipient
from cloud.channels.channel import ChannelKind, Message
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera, make_camera
from tests.alerts.claiming import claim
from tests.alerts.people import choose


class Kept:
    """A channel that keeps the messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> str:
        self.messages.append(message)
        return "kept"


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


@asynccontextmanager
async def keeping(camera: Camera, settings: Settings, tmp_path: Any) -> AsyncIterator[Kept]:
    """What was queued when the block ends has been sent."""
    kept, store = Kept(), FilesystemStore(tmp_path, threads=1)
    yield kept
    sender = Sender(camera.database, {ChannelKind.EMAIL: kept}, store, settings)
    for delivery in await camera.deliveries():
        if delivery.status == "pending":
            await sender.send(await claim(camera.database, delivery))
    store.close()


def link_to(action: str, message: Message) -> str:
    """The path and query of a message's link."""
    (line,) = [line for line in message.text.splitlines() if f"/mailed?action={action}&" in line]
    return "/mailed?" + line.split("/mailed?")[1]


async def audited(camera: Camera) -> list[tuple[str, str]]:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        rows = await work.execute(
            select(AuditEntry.action, AuditEntry.actor).order_by(AuditEntry.at, AuditEntry.id)
        )
        return [(row.action, row.actor) for row in rows]


async def first_mail(camera: Camera, settings: Settings, tmp_path: Any) -> Message:
    async with keeping(camera, settings, tmp_path) as kept:
        await camera.judge(ABNORMAL, 0)
    return kept.messages[0]


async def test_a_mail_lets_its_reader_acknowledge_once(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("acknowledge", await first_mail(camera, settings, tmp_path))
    page = await client.get(link)
    assert page.status_code == 200
    assert "Bench camera" in page.text
    assert (await camera.incident()).state == "open"
    assert (await client.post(link)).status_code == 200
    incident = await camera.incident()
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", camera.owner.email)
    assert ("incident.acknowledged", camera.owner.email) in await audited(camera)
    again = await client.post(link)
    assert again.status_code == 410
    assert "used already" in again.text
    assert (await client.get(link)).status_code == 410


async def test_a_mail_lets_its_reader_call_it_a_false_alarm(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("false-alarm", await first_mail(camera, settings, tmp_path))
    assert (await client.post(link)).status_code == 200
    assert (await camera.incident()).resolved_as == "false_alarm"


async def test_what_is_over_stays_as_it_ended(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("acknowledge", await first_mail(camera, settings, tmp_path))
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    assert (await client.post(link)).status_code == 409
    assert (await camera.incident()).resolved_as == "recovered"


async def test_an_old_link_is_no_longer_good(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("acknowledge", await first_mail(camera, settings, tmp_path))
    async with camera.database.work() as work:
        await work.execute(
            update(MailedLink)
            .where(MailedLink.organization_id == camera.owner.organization_id)
            .values(expires_at=utc_now())
        )
    assert (await client.post(link)).status_code == 410
    assert (await camera.incident()).state == "open"


@pytest.mark.parametrize("action", ["acknowledge", "false-alarm", "confirm", "unsubscribe"])
async def test_a_made_up_link_does_nothing(action: str, client: httpx2.AsyncClient) -> None:
    for link in (f"/mailed?action={action}", f"/mailed?action={action}&token=vml_made-up"):
        assert (await client.get(link)).status_code == 410
        assert (await client.post(link)).status_code == 410


async def test_a_link_does_only_what_it_was_made_for(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("acknowledge", await first_mail(camera, settings, tmp_path))
    other = link.replace("acknowledge", "false-alarm")
    assert (await client.post(other)).status_code == 410


async def test_the_mail_program_unsubscribes_by_itself(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    message = await first_mail(camera, settings, tmp_path)
    assert message.unsubscribe_url is not None
    path = message.unsubscribe_url.removeprefix(settings.base_url)
    answer = await client.post(
        path,
        content="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200
    await camera.let_cooldown_pass()
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    last: Delivery = (await camera.deliveries())[-1]
    assert (last.kind, last.status) == ("recovered", "failed")
    assert last.last_answer == "Whoever reads this address asked for no more messages."
    assert ("recipient.unsubscribed", camera.owner.email) in await audited(camera)


async def test_whoever_confirms_is_told_from_then_on(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    stranger = "stranger@elsewhere.example"
    async with keeping(camera, settings, tmp_path) as kept:
        await choose(camera.database, camera.owner, emails=[stranger])
    (question,) = kept.messages
    assert question.to == stranger
    assert question.unsubscribe_url is None
    assert (await client.post(link_to("confirm", question))).status_code == 200
    async with keeping(camera, settings, tmp_path / "later") as told:
        await camera.judge(ABNORMAL, 0)
    assert [message.to for message in told.messages] == [stranger]
    assert ("recipient.confirmed", stranger) in await audited(camera)


async def test_links_are_kept_as_hashes(camera: Camera, settings: Settings, tmp_path: Any) -> None:
    message = await first_mail(camera, settings, tmp_path)
    token = link_to("acknowledge", message).partition("token=")[2]
    async with camera.database.work() as work:
        kept = (
            await work.session.scalars(
                select(MailedLink.token_hash).where(
                    MailedLink.organization_id == camera.owner.organization_id
                )
            )
        ).all()
    assert len(kept) == 3
    assert all(token.encode() not in each for each in kept)


async def test_recipients_rows_are_made_when_somebody_is_told(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        shown = (await work.session.scalars(select(Recipient.shown))).all()
    assert list(shown) == [camera.owner.email]


async def test_what_waits_is_not_sent_to_whoever_unsubscribed_meanwhile(
    camera: Camera, settings: Settings, tmp_path: Any, client: httpx2.AsyncClient
) -> None:
    link = link_to("unsubscribe", await first_mail(camera, settings, tmp_path))
    await camera.judge(NORMAL, 1)
    async with keeping(camera, settings, tmp_path / "later") as told:
        await camera.judge(NORMAL, 2)
        assert (await client.post(link)).status_code == 200
    assert told.messages == []
    last: Delivery = (await camera.deliveries())[-1]
    assert (last.kind, last.status) == ("recovered", "failed")
