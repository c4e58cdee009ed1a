"""Webhooks over real HTTP: signed so that the standard's own library agrees, never inside."""

import orjson
import pytest
from standardwebhooks import Webhook

from cloud.channels.channel import DeliveryFailed, Message
from cloud.channels.outbound import Outbound
from cloud.channels.webhook import WebhookChannel, new_webhook_secret, read_webhook_secret
from tests.channels.http_peer import HttpPeer, run_http_peer

LOOPBACK = Outbound.of(["127.0.0.0/8"])
DATA = {"type": "incident.opened", "data": {"device_name": "Bench — Ünïcode", "count": 3}}


def make_hook(url: str, *secrets: str) -> Message:
    return Message(
        message_id="0199f1c2-9f00@visant.example.com",
        to=url,
        subject="Bench camera: abnormal",
        text="The vise is gone.",
        html="<p>The vise is gone.</p>",
        data=DATA,
        secrets=secrets or (new_webhook_secret(),),
    )


async def fail_to_send(
    peer: HttpPeer, *, outbound: Outbound = LOOPBACK, seconds: float = 15
) -> DeliveryFailed:
    async with run_http_peer(peer):
        channel = WebhookChannel(outbound, total_seconds=seconds)
        with pytest.raises(DeliveryFailed) as failed:
            await channel.send(make_hook(f"{peer.url}/hook"))
    return failed.value


async def test_a_webhook_is_the_data_as_signed_json() -> None:
    secret = new_webhook_secret()
    async with run_http_peer(HttpPeer(status=204)) as peer:
        assert await WebhookChannel(LOOPBACK).send(make_hook(f"{peer.url}/hook?a=b", secret)) == (
            "204 No Content"
        )
    (posted,) = peer.posted
    assert Webhook(secret).verify(posted.body, dict(posted.headers)) == DATA
    assert posted.headers["webhook-id"] == "0199f1c2-9f00"
    assert posted.headers["Content-Type"] == "application/json"


async def test_while_a_secret_is_changed_both_prove_where_it_comes_from() -> None:
    old, new = new_webhook_secret(), new_webhook_secret()
    async with run_http_peer(HttpPeer()) as peer:
        await WebhookChannel(LOOPBACK).send(make_hook(peer.url, old, new))
    (posted,) = peer.posted
    for secret in (old, new):
        assert Webhook(secret).verify(posted.body, dict(posted.headers)) == orjson.loads(
            posted.body
        )


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
async def test_what_is_not_taken_is_tried_again(status: int) -> None:
    peer = HttpPeer(status=status, headers={"Location": "http://127.0.0.1:1/inner"})
    failure = await fail_to_send(peer)
    assert not failure.permanent
    assert failure.answer.startswith(str(status))
    assert len(peer.posted) == 1


async def test_gone_asks_never_to_be_called_again() -> None:
    failure = await fail_to_send(HttpPeer(status=410))
    assert failure.permanent


async def test_what_the_other_side_writes_is_not_repeated() -> None:
    failure = await fail_to_send(HttpPeer(status=500, body=b"secret of an inner page"))
    assert failure.answer == "500 Internal Server Error"


async def test_a_silent_receiver_is_given_up_after_its_time() -> None:
    failure = await fail_to_send(HttpPeer(hang=True), seconds=0.2)
    assert failure.answer == "no answer within 0.2 seconds"
    assert not failure.permanent


async def test_nobody_there_is_tried_again_and_says_nothing_of_the_address() -> None:
    async with run_http_peer(HttpPeer()) as peer:
        url = f"{peer.url}/secret-path"
    with pytest.raises(DeliveryFailed) as failed:
        await WebhookChannel(LOOPBACK).send(make_hook(url))
    assert not failed.value.permanent
    assert "secret-path" not in failed.value.answer
    assert "127.0.0.1" not in failed.value.answer


async def test_a_name_that_leads_inside_is_refused_without_a_connection() -> None:
    peer = HttpPeer()
    async with run_http_peer(peer):
        with pytest.raises(DeliveryFailed) as failed:
            await WebhookChannel(Outbound.of(["192.168.7.0/24"])).send(
                make_hook(f"http://localhost:{peer.port}/hook")
            )
    assert failed.value.permanent
    assert failed.value.answer == "This address is not on the public internet."
    assert peer.posted == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "plain words"])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        read_webhook_secret(secret)


def test_fresh_secrets_are_strong_and_differ() -> None:
    assert len(read_webhook_secret(new_webhook_secret())) == 32
    assert new_webhook_secret() != new_webhook_secret()
