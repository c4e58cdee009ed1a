"""Webhooks: a message as signed JSON, to an address that an organization named.

The receiver proves with the secret that it came from here and when (standardwebhooks.com, version
1: HMAC-SHA256 over `id.timestamp.body`). While a secret is being changed there are two, and the
message carries the signature of each. The id is the same at every attempt, so that a message that
comes twice can be known as one. Of the answer only its status is read.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus

import aiohttp
import orjson

from cloud.channels.channel import DeliveryFailed, Message
from cloud.channels.outbound import AddressInfo, AddressRefused, Outbound
from cloud.channels.plain_words import clean_line
from cloud.kit.clock import utc_now
from version import __version__

TOTAL_SECONDS = 15.0

SECRET_PREFIX = "whsec_"  # noqa: S105  # what every such secret starts with, by the standard
SECRET_BYTES = 32
SHORTEST_SECRET_BYTES, LONGEST_SECRET_BYTES = 24, 64  # by the standard

_LONGEST_ANSWER = 200


class WebhookChannel:
    """A Channel to addresses that organizations named. A message's `to` is the URL."""

    def __init__(self, outbound: Outbound, *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._outbound = outbound
        self._total_seconds = total_seconds

    async def send(self, message: Message) -> str:
        """Post the message's `data`; the answer is the status. Raises DeliveryFailed.

        410, by the standard, asks never to be called again.
        """
        try:
            parts = self._outbound.check_url(message.to)
            open_socket = partial(self._outbound.open_socket, encrypted=parts.scheme == "https")
            async with asyncio.timeout(self._total_seconds):
                status, reason = await _post(message, open_socket)
        except AddressRefused as refused:
            raise DeliveryFailed(permanent=True, answer=str(refused)) from None
        except TimeoutError:
            answer = f"no answer within {self._total_seconds:g} seconds"
            raise DeliveryFailed(permanent=False, answer=answer) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _failed(error) from None
        answer = clean_line(f"{status} {reason}", _LONGEST_ANSWER)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise DeliveryFailed(permanent=status == HTTPStatus.GONE, answer=answer)
        return answer


def new_webhook_secret() -> str:
    """A fresh secret: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def read_webhook_secret(secret: str) -> bytes:
    """The key that a secret stands for. Raises ValueError with a sentence for people."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        raise ValueError("The secret must be whsec_ and 24 to 64 bytes in base64.")
    return key


def sign(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> str:
    """The value of `webhook-signature`: one signature for each key, with spaces between them."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


async def _post(
    message: Message, open_socket: Callable[[AddressInfo], socket.socket]
) -> tuple[int, str | None]:
    body = orjson.dumps(message.data)
    connector = aiohttp.TCPConnector(
        socket_factory=open_socket, force_close=True, use_dns_cache=False
    )
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.post(
            message.to, data=body, headers=_headers(message, body), allow_redirects=False
        ) as answer,
    ):
        return answer.status, answer.reason


def _headers(message: Message, body: bytes) -> dict[str, str]:
    name = message.message_id.partition("@")[0]
    timestamp = int(utc_now().timestamp())
    keys = [read_webhook_secret(secret) for secret in message.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Visant/{__version__}",
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(name, timestamp, body, keys),
    }


def _failed(error: Exception) -> DeliveryFailed:
    """What went wrong, without the address: it may hold a secret."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return DeliveryFailed(permanent=False, answer="the host was not found")
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, AddressRefused):
        return DeliveryFailed(permanent=True, answer=str(cause))
    number = getattr(cause, "errno", None)
    words = os.strerror(number) if number else type(cause).__name__
    return DeliveryFailed(permanent=False, answer=words)
