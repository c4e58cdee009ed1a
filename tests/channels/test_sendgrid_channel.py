"""SendGrid by its own client, against a server that speaks its wire format."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from cloud.channels.channel import DeliveryFailed, Message
from cloud.channels.sendgrid_channel import SendGridChannel
from tests.channels.http_peer import HttpPeer, run_http_peer
from tests.channels.messages import INJECTIONS, PICTURE, SENDER, make_message

KEY = "SG.a-key-of-tests"


def accepting() -> HttpPeer:
    return HttpPeer(status=202, body=b"", headers={"X-Message-Id": "sg-4711"})


@asynccontextmanager
async def channel_to(peer: HttpPeer, seconds: float = 20) -> AsyncIterator[SendGridChannel]:
    async with run_http_peer(peer):
        channel = SendGridChannel(KEY, SENDER, base_url=f"{peer.url}/", total_seconds=seconds)
        yield channel
    await asyncio.to_thread(channel.close)


async def fail_to_send(peer: HttpPeer, seconds: float = 20) -> DeliveryFailed:
    async with channel_to(peer, seconds) as channel:
        with pytest.raises(DeliveryFailed) as failed:
            await channel.send(make_message())
    return failed.value


async def test_a_message_reaches_sendgrid_with_its_picture_inside() -> None:
    peer = accepting()
    message = make_message(in_reply_to="first@visant.example.com")
    async with channel_to(peer) as channel:
        assert await channel.send(message) == "202 accepted as sg-4711"
    (posted,) = peer.posted
    assert posted.path == "/v3/mail/send"
    assert posted.headers["Authorization"] == f"Bearer {KEY}"
    body = orjson.loads(posted.body)
    assert body["personalizations"] == [{"to": [{"email": "ann@example.com"}]}]
    assert body["from"] == {"email": "alerts@visant.example.com", "name": "Visant"}
    assert body["subject"] == message.subject
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["headers"] == {
        "Message-ID": "<019a.opened.1@visant.example.com>",
        "In-Reply-To": "<first@visant.example.com>",
        "References": "<first@visant.example.com>",
        "Auto-Submitted": "auto-generated",
    }
    (picture,) = body["attachments"]
    assert base64.b64decode(picture["content"]) == PICTURE.jpeg
    assert (picture["content_id"], picture["disposition"]) == ("capture", "inline")


async def test_a_way_out_of_the_list_is_in_the_headers() -> None:
    peer = accepting()
    plain = make_message()
    message = Message(
        **{**vars(plain), "unsubscribe_url": "https://visant.example.com/unsubscribe?token=x"}
    )
    async with channel_to(peer) as channel:
        await channel.send(message)
    headers = orjson.loads(peer.posted[0].body)["headers"]
    assert headers["List-Unsubscribe"] == "<https://visant.example.com/unsubscribe?token=x>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (401, False), (403, False), (413, True), (429, False), (500, False)],
)
async def test_a_refusal_is_told_in_sendgrids_words(status: int, *, permanent: bool) -> None:
    said = {"errors": [{"message": "The from address\ndoes not match."}]}
    failure = await fail_to_send(HttpPeer(status=status, body=orjson.dumps(said)))
    assert failure.answer == f"{status} The from address does not match."
    assert failure.permanent is permanent


async def test_an_answer_that_is_no_json_is_told_all_the_same() -> None:
    failure = await fail_to_send(HttpPeer(status=502, body=b"<html>Bad gateway</html>"))
    assert failure.answer == "502 <html>Bad gateway</html>"


async def test_a_page_that_says_ok_is_not_an_acceptance() -> None:
    failure = await fail_to_send(HttpPeer(status=200, body=b"<html>Hotel</html>"))
    assert not failure.permanent


async def test_silence_ends_in_time() -> None:
    failure = await fail_to_send(HttpPeer(hang=True), seconds=0.2)
    assert not failure.permanent


async def test_no_text_adds_a_header_or_a_recipient() -> None:
    peer = accepting()
    async with channel_to(peer) as channel:
        for text in INJECTIONS:
            await channel.send(make_message(subject=text, text=text))
    for posted in peer.posted:
        body = orjson.loads(posted.body)
        assert body["personalizations"] == [{"to": [{"email": "ann@example.com"}]}]
        assert set(body["headers"]) == {"Message-ID", "Auto-Submitted"}
        assert "\n" not in body["subject"]
        assert "\r" not in body["subject"]


async def test_the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with channel_to(accepting()) as channel:
        await channel.send(make_message())
    assert KEY not in caplog.text
