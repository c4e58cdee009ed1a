"""What a message is, and what every way of sending one can do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

_ID = re.compile(r"[A-Za-z0-9._+-]{1,100}@[A-Za-z0-9.-]{1,100}", re.ASCII)
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)


class ChannelKind(StrEnum):
    """What the addresses of a channel are: mailboxes, webhook URLs, Apprise URLs."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


@dataclass(frozen=True)
class InlineImage:
    """A picture that the HTML shows as `<img src="cid:{cid}">`."""

    cid: str
    jpeg: bytes

    def __post_init__(self) -> None:
        if _CONTENT_ID.fullmatch(self.cid) is None:
            raise ValueError(f"{self.cid!r} cannot name an inline picture")


@dataclass(frozen=True)
class Message:
    """One message to one recipient, in every form that a channel may need.

    `message_id` is `name@host` without brackets; the same for every attempt, so that a mail
    program shows a repeated message once. `in_reply_to`, the id of an earlier message, keeps what
    belongs together in one conversation. Subject and bodies may hold anything: they are cleaned.

    `to` is an e-mail address, a webhook's URL, or an Apprise URL. E-mail takes `subject`, `text`,
    `html` and the pictures, and offers `unsubscribe_url`; a webhook takes `data` as JSON, signed
    with each of `secrets`; Apprise takes `subject`, `text` and the first picture.
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    inline_images: tuple[InlineImage, ...] = ()
    in_reply_to: str | None = None
    unsubscribe_url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for each in (self.message_id, self.in_reply_to):
            if each is not None and _ID.fullmatch(each) is None:
                raise ValueError(f"{each!r} is not a message id")


class DeliveryFailed(Exception):
    """A message was not taken. `permanent`: the same attempt would fail again.

    `answer` is what the other side said, cleaned and at most 500 characters, to be shown to people.
    """

    def __init__(self, *, permanent: bool, answer: str) -> None:
        super().__init__(answer)
        self.permanent = permanent
        self.answer = answer


class Channel(Protocol):
    """A way for messages to leave."""

    async def send(self, message: Message) -> str:
        """Hand one message over and give the other side's answer. Raises DeliveryFailed."""


Channels = Mapping[ChannelKind, Channel]
"""Every channel of this installation."""
