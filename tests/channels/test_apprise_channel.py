"""Chat services through Apprise: which addresses are let in, and what is sent over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from apprise.plugins.discord import NotifyDiscord

from cloud.channels.apprise_channel import (
    AppriseChannel,
    AppriseUrlRefused,
    hide_secrets,
    open_apprise,
)
from cloud.channels.channel import DeliveryFailed, Message
from tests.channels.http_peer import HttpPeer, run_http_peer
from tests.channels.messages import make_message

DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"

LET_IN = [
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7aa/#general",
    "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "ntfy://a-topic-of-ours",
    DISCORD,
    "workflows://prod-1.westeurope.logic.azure.com:443/workflow643e69f83c8944438d68/signature0000",
    "pover://" + "u" * 30 + "@" + "a" * 30,
    "gchat://workspace/key/token",
]
REFUSED = [
    "",
    "plain words",
    "https://example.com/hook",
    "json://127.0.0.1/",
    "xml://10.0.0.1/",
    "form://localhost/",
    "mailto://user:pass@example.com",
    "syslog://",
    "dbus://",
    "windows://",
    "macosx://",
    "file:///etc/passwd",
    "apprise://127.0.0.1/token",
    "hassio://192.168.1.1/token",
    "gotify://10.0.0.1/token",
    "ntfy://127.0.0.1/topic",
    "ntfy://localhost:8080/topic",
    "ntfys://10.0.0.1/topic",
    "ntfy://10.0.0.1/topic?mode=private",
    "ntfy://ntfy.sh/topic?mode=private",
    "workflows://127.0.0.1/workflow643e69f83c8944438d68119179a10a64/signaturesignature",
    "workflows://logic.azure.com.evil.example/workflow643e69f83c8944438d68/signaturesignature",
    f"{DISCORD}?template=/etc/passwd",
    f"{DISCORD}?verify=no",
    f"{DISCORD}?attach=/etc/passwd",
    f"{DISCORD}?rto=99999",
    "slack://T1JJ3T3L2",
    "discord://[::1",
]


@pytest.mark.parametrize("url", LET_IN)
def test_a_service_that_stays_with_its_vendor_is_let_in(url: str) -> None:
    assert open_apprise(url).verify_certificate is True


@pytest.mark.parametrize("url", REFUSED)
def test_what_could_reach_this_machine_or_its_network_is_refused(url: str) -> None:
    with pytest.raises(AppriseUrlRefused):
        open_apprise(url)


def test_its_tokens_are_not_shown() -> None:
    shown = hide_secrets(DISCORD)
    assert shown.startswith("discord://")
    assert "4174216298" not in shown
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in shown


@asynccontextmanager
async def discord_at(
    peer: HttpPeer, monkeypatch: pytest.MonkeyPatch, seconds: float = 30
) -> AsyncIterator[AppriseChannel]:
    async with run_http_peer(peer):
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"{peer.url}/api/webhooks")
        channel = AppriseChannel(total_seconds=seconds)
        yield channel
    await asyncio.to_thread(channel.close)


def to_discord() -> Message:
    return Message(**{**vars(make_message()), "to": DISCORD})


async def test_words_and_picture_reach_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = HttpPeer(status=204)
    async with discord_at(peer, monkeypatch) as channel:
        assert await channel.send(to_discord())
    words, picture = peer.posted
    assert words.path == "/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
    assert b"The vise is gone." in words.body
    assert b"Something changed at the bench" in words.body
    assert b"\xff\xd8\xff picture \xff\xd9" in picture.body


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (404, True), (500, False)])
async def test_a_refusal_says_what_the_service_answered(
    status: int, *, permanent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with discord_at(HttpPeer(status=status), monkeypatch) as channel:
        with pytest.raises(DeliveryFailed) as failed:
            await channel.send(to_discord())
    assert f"error={status}" in failed.value.answer
    assert failed.value.permanent is permanent
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in failed.value.answer


async def test_a_refused_address_is_a_failure_for_ever() -> None:
    channel = AppriseChannel()
    with pytest.raises(DeliveryFailed) as failed:
        await channel.send(make_message(to="json://127.0.0.1/"))
    await asyncio.to_thread(channel.close)
    assert failed.value.permanent


async def test_two_at_once_hear_only_their_own_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with discord_at(HttpPeer(status=401), monkeypatch) as channel:
        said = await asyncio.gather(
            *(channel.send(to_discord()) for _ in range(4)), return_exceptions=True
        )
    assert all(isinstance(one, DeliveryFailed) and "error=401" in one.answer for one in said)
