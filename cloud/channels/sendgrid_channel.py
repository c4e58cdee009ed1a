"""E-mail by SendGrid, through its own client: the same message, handed over as JSON.

The Message-ID is ours, so that what is sent twice after a crash can be known as one mail.
"""

import asyncio
import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson

from cloud.channels.channel import DeliveryFailed, InlineImage, Message
from cloud.channels.email_message import build_email
from cloud.channels.plain_words import clean_line, clean_lines
from cloud.kit.clock import utc_now

TOTAL_SECONDS = 20.0

OWN_HEADERS = (
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
"""What is sent as we wrote it; the others are SendGrid's to write."""

_LONGEST_ANSWER = 500
_HOPELESS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
"""About this message. All else may be put right: a key, a quota, a sender not yet verified."""


class SendGridChannel:
    """A Channel to SendGrid's Web API v3. `close` ends its threads."""

    def __init__(
        self,
        api_key: str,
        sender: Address,
        *,
        base_url: str | None = None,
        threads: int = 4,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._api_key = api_key
        self._sender = sender
        self._base_url = base_url
        self._total_seconds = total_seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sendgrid")

    async def send(self, message: Message) -> str:
        """Hand the message over; the answer names SendGrid's own id. Raises DeliveryFailed."""
        email = build_email(message, self._sender, utc_now())
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._total_seconds):
                return await loop.run_in_executor(self._threads, self._hand_over, message, email)
        except TimeoutError:
            answer = f"no answer within {self._total_seconds:g} seconds"
            raise DeliveryFailed(permanent=False, answer=answer) from None

    def close(self) -> None:
        """Let what is under way finish, then end the threads."""
        self._threads.shutdown()

    def _hand_over(self, message: Message, email: EmailMessage) -> str:
        library, refusals = _library()
        options = {"host": self._base_url.rstrip("/")} if self._base_url else {}
        client = library.SendGridAPIClient(self._api_key, **options).client
        try:
            answer = client.mail.send.post(
                request_body=_write(message, email, self._sender), timeout=self._total_seconds
            )
        except refusals.HTTPError as refusal:
            raise _failed(refusal.status_code, refusal.body) from None
        except (OSError, ValueError) as error:
            words = clean_line(str(error) or type(error).__name__, _LONGEST_ANSWER)
            raise DeliveryFailed(permanent=False, answer=words) from None
        if answer.status_code != HTTPStatus.ACCEPTED:
            raise _failed(answer.status_code, answer.body)
        return clean_line(f"202 accepted as {answer.headers['X-Message-Id']}", _LONGEST_ANSWER)


def _write(message: Message, email: EmailMessage, sender: Address) -> dict[str, Any]:
    """The body of `POST /v3/mail/send`; its values are those of the e-mail that SMTP would send."""
    return {
        "personalizations": [{"to": [{"email": email["To"].addresses[0].addr_spec}]}],
        "from": {"email": sender.addr_spec}
        | ({"name": sender.display_name} if sender.display_name else {}),
        "subject": str(email["Subject"]),
        "headers": {name: str(email[name]) for name in OWN_HEADERS if email[name] is not None},
        "content": [
            {"type": "text/plain", "value": clean_lines(message.text)},
            {"type": "text/html", "value": clean_lines(message.html)},
        ],
        "tracking_settings": {
            "click_tracking": {"enable": False},
            "open_tracking": {"enable": False},
        },
    } | ({"attachments": pictures} if (pictures := _pictures(message.inline_images)) else {})


def _pictures(images: tuple[InlineImage, ...]) -> list[dict[str, str]]:
    return [
        {
            "content": base64.b64encode(image.jpeg).decode(),
            "type": "image/jpeg",
            "filename": f"{image.cid}.jpg",
            "disposition": "inline",
            "content_id": image.cid,
        }
        for image in images
    ]


def _failed(status: int, body: bytes) -> DeliveryFailed:
    answer = clean_line(f"{status} {_said(body)}", _LONGEST_ANSWER)
    return DeliveryFailed(permanent=status in _HOPELESS, answer=answer)


def _said(body: bytes) -> str:
    """SendGrid's sentences: `{"errors": [{"message": …}]}`."""
    try:
        return "; ".join(str(error["message"]) for error in orjson.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")


@cache
def _library() -> tuple[Any, Any]:
    """SendGrid's client and its errors, imported when first needed; its log would hold the key."""
    import sendgrid  # noqa: PLC0415
    from python_http_client import exceptions  # noqa: PLC0415

    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    return sendgrid, exceptions
