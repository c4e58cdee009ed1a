"""What a log may never say: where messages go, what signs them, and the links in them."""

import json
from dataclasses import replace

import pytest
from apprise.plugins.discord import NotifyDiscord

from cloud.alerts.recipients import Destination
from cloud.channels.apprise_channel import AppriseChannel
from cloud.channels.channel import Channel, ChannelKind
from cloud.channels.email_message import parse_sender
from cloud.channels.outbound import Outbound
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import Security, SmtpServer
from cloud.channels.webhook import WebhookChannel, new_webhook_secret
from tests.alerts.cameras import ABNORMAL, Camera
from tests.alerts.people import choose
from tests.alerts.sending import Post
from tests.channels.http_peer import HttpPeer, run_http_peer
from tests.channels.smtp_peer import SmtpPeer, run_peer
from tests.kit.log_lines import logs

PEERS = frozenset({"mail.log", "aiohttp.access"})
"""What the other side logs, which lives in this process in tests alone."""

DISCORD = ("4174216298", "JHMHI8qBe7bk2ZwO5U711o3dV_js")


@pytest.mark.parametrize("works", [True, False])
async def test_no_address_secret_or_link_is_in_a_log(
    camera: Camera, post: Post, monkeypatch: pytest.MonkeyPatch, *, works: bool
) -> None:
    secret = new_webhook_secret()
    mail = SmtpPeer(data="250 OK" if works else "550 no such mailbox")
    web = HttpPeer(status=204 if works else 404)
    with logs() as said:
        async with run_peer(mail), run_http_peer(web):
            monkeypatch.setattr(NotifyDiscord, "notify_url", f"{web.url}/api/webhooks")
            named = [
                Destination(ChannelKind.EMAIL, camera.owner.email),
                Destination(ChannelKind.WEBHOOK, f"{web.url}/hook-of-ours", secret),
                Destination(ChannelKind.APPRISE, f"discord://{'/'.join(DISCORD)}"),
            ]
            await choose(camera.database, camera.owner, channels=named)
            await camera.judge(ABNORMAL, 0, reason="The drill is gone.")
            smtp = SmtpChannel(
                SmtpServer("127.0.0.1", mail.port, Security.NONE),
                parse_sender("alerts@visant.example.com"),
                threads=1,
            )
            apprise = AppriseChannel()
            channels: dict[ChannelKind, Channel] = {
                ChannelKind.EMAIL: smtp,
                ChannelKind.WEBHOOK: WebhookChannel(Outbound.of(["127.0.0.0/8"])),
                ChannelKind.APPRISE: apprise,
            }
            await post.send_due(replace(post.sender, channels=channels))
            smtp.close()
            apprise.close()
    deliveries = await camera.deliveries()
    assert [each.status == "sent" for each in deliveries] == [works] * 3
    lines = said.getvalue().splitlines()
    ours = "\n".join(line for line in lines if json.loads(line)["logger"] not in PEERS)
    for hidden in (camera.owner.email, "hook-of-ours", secret[6:], *DISCORD, "vml_"):
        assert hidden not in ours
    assert ("delivery_failed" in ours) is not works
