"""A message as an e-mail: the one place where headers are written.

Only the standard library's EmailMessage writes them, from cleaned values: whatever a name, a reason
or a picture's text holds, the set of headers stays the same.
"""

import re
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import parseaddr
from typing import Any

from cloud.channels.channel import DeliveryFailed, Message
from cloud.channels.plain_words import clean_line, clean_lines

LONGEST_SUBJECT = 120
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", re.ASCII)
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII)


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that machines read. The library would encode what is too long to be folded."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _name in ("List-Unsubscribe", "In-Reply-To", "References"):
    _HEADERS.map_to_type(_name.lower(), _Verbatim)

_POLICY = SMTP.clone(  # no server on the way need take more than ASCII
    cte_type="7bit", header_factory=_HEADERS
)


def build_email(message: Message, sender: Address, moment: datetime) -> EmailMessage:
    """The message as text with an HTML alternative and its pictures inside that.

    Raises DeliveryFailed, permanent, when the recipient is no e-mail address.
    """
    email = EmailMessage(policy=_POLICY)
    email["From"] = sender
    email["To"] = parse_recipient(message.to)
    email["Subject"] = _write_phrase(message.subject)
    email["Date"] = moment
    email["Message-ID"] = f"<{message.message_id}>"
    email["Auto-Submitted"] = "auto-generated"
    if message.in_reply_to is not None:
        email["In-Reply-To"] = email["References"] = f"<{message.in_reply_to}>"
    if message.unsubscribe_url is not None:
        email["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email.set_content(clean_lines(message.text))
    email.add_alternative(clean_lines(message.html), subtype="html")
    _add_pictures(email, message)
    return email


def parse_recipient(text: str) -> Address:
    """One bare address, its host in ASCII. Raises DeliveryFailed, permanent, for anything else."""
    try:
        return _parse_address(text)
    except ValueError:
        answer = f"{clean_line(text, 100)!r} is not an e-mail address"
        raise DeliveryFailed(permanent=True, answer=answer) from None


def parse_sender(text: str) -> Address:
    """`alerts@example.com` or `Visant <alerts@example.com>`.

    Raises ValueError with a sentence that names the setting.
    """
    name, address = parseaddr(text)
    try:
        bare = _parse_address(address)
    except ValueError:
        raise ValueError(f"ALERT_FROM_EMAIL is {text!r}, which holds no e-mail address") from None
    return Address(_write_phrase(name), bare.username, bare.domain)


def _write_phrase(text: str) -> str:
    """One short line that stays text: the library reads `=?utf-8?q?=0D=0A…?=` as its line ends."""
    return clean_line(text.replace("=?", "= ?"), LONGEST_SUBJECT)


def _parse_address(text: str) -> Address:
    mailbox, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("the host is no name") from None
    if _MAILBOX.fullmatch(mailbox) is None or _HOST.fullmatch(host) is None:
        raise ValueError("not an address")
    return Address(username=mailbox, domain=host)


def _add_pictures(email: EmailMessage, message: Message) -> None:
    *_, html = email.iter_parts()
    for picture in message.inline_images:
        html.add_related(
            picture.jpeg,
            "image",
            "jpeg",
            cid=f"<{picture.cid}>",
            disposition="inline",
            filename=f"{picture.cid}.jpg",
        )
