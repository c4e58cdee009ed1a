"""Channels as people add and try them, in a real browser, with real peers that answer."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect
from sqlalchemy import select
from standardwebhooks import Webhook

from cloud.alerts.delivery import Sender
from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.channels.channel import ChannelKind, Channels
from cloud.channels.outbound import Outbound
from cloud.channels.webhook import WebhookChannel
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.alerts.claiming import claim
from tests.channels.http_peer import HttpPeer, run_http_peer
from tests.channels.smtp_peer import SmtpPeer, run_peer
from tests.channels.test_smtp import channel_to, server_of
from tests.web.settings.conftest import Setting

pytestmark = pytest.mark.browser

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def loopback_allowed(app: FastAPI, settings: Settings) -> Iterator[Settings]:
    """The installation may send to its own machine."""
    app.state.settings = settings.model_copy(update={"outbound_allowed_networks": LOOPBACK})
    yield app.state.settings
    app.state.settings = settings


async def test_channels_are_added_and_tried_and_the_answers_appear(
    phone: Page, setting: Setting, app: FastAPI, database: Database, loopback_allowed: Settings
) -> None:
    hook = HttpPeer(status=204)
    async with run_peer(SmtpPeer()) as mail, channel_to(server_of(mail)) as smtp:
        webhook = WebhookChannel(Outbound.of(LOOPBACK))
        channels: Channels = {ChannelKind.EMAIL: smtp, ChannelKind.WEBHOOK: webhook}
        sender = Sender(database, channels, app.state.store, loopback_allowed)
        async with run_http_peer(hook):
            await phone.goto("/ui/notifications")
            await phone.get_by_text("Add a channel").click()
            adding = phone.locator("#add-channel")
            await adding.get_by_text("Webhook", exact=True).click()
            await adding.get_by_label("Web address").fill(f"{hook.url}/visant")
            await adding.get_by_role("button", name="Add", exact=True).click()
            secret = await phone.locator(".copyable code").inner_text()
            told = phone.locator("#channels")
            for number, answer in enumerate(("queued as 4711", "204")):
                await phone.get_by_role("button", name="Send a test to").nth(number).click()
                await expect(phone.get_by_text("A test is on its way.")).to_be_in_viewport()
                await expect(told).to_contain_text("Waiting")
                await send_due(sender, database, setting)
                await expect(told).to_contain_text(answer)
            assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (envelope,) = mail.taken
    assert envelope.rcpt_tos == [setting.owner.someone.email]
    (posted,) = hook.posted
    headers = {name.lower(): value for name, value in posted.headers.items()}
    assert Webhook(secret).verify(posted.body, headers)["type"] == "test"
    assert re.match(r"whsec_", secret)


async def send_due(sender: Sender, database: Database, setting: Setting) -> None:
    """Send what waits of this organization, as a worker would."""
    async with database.work_for(setting.device.organization_id) as work:
        waiting = await work.session.scalars(
            select(Delivery).where(
                Delivery.organization_id == work.organization_id,
                Delivery.status == DeliveryStatus.PENDING,
            )
        )
        due = waiting.all()
    for delivery in due:
        await sender.send(await claim(database, delivery))
