"""The development mailbox: mail that would have left, kept as files and shown at /dev/mailbox."""

import asyncio
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import SMTP
from pathlib import Path

from cloud.channels.channel import InlineImage, Message
from cloud.channels.email_message import build_email
from cloud.channels.inline_pictures import embed_pictures
from cloud.kit.clock import utc_now
from cloud.kit.errors import NotFound

MOST_KEPT = 200
_MAIL_ID = re.compile(r"\d{20}-[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True)
class MailSummary:
    """One line of the mailbox's list."""

    mail_id: str
    to: str
    subject: str
    date: datetime


@dataclass(frozen=True)
class Mail:
    """One mail as it was written."""

    mail_id: str
    message_id: str
    sender: str
    to: str
    subject: str
    date: datetime
    text: str
    html: str
    inline_images: tuple[InlineImage, ...]

    @property
    def html_with_pictures(self) -> str:
        """The HTML with its pictures as `data:` addresses, so that it needs nothing else."""
        return embed_pictures(self.html, self.inline_images)


class DevelopmentMailbox:
    """A Channel that keeps the last 200 mails as .eml files, the bytes that SMTP would send."""

    def __init__(self, directory: Path, sender: Address, *, most_kept: int = MOST_KEPT) -> None:
        self._directory = directory
        self._sender = sender
        self._most_kept = most_kept

    async def send(self, message: Message) -> str:
        """Write the mail. Raises DeliveryFailed when the recipient is no address."""
        email = build_email(message, self._sender, utc_now())
        mail_id = await asyncio.to_thread(self._write, email.as_bytes())
        return f"kept in the development mailbox as {mail_id}"

    async def list_mails(self) -> tuple[MailSummary, ...]:
        """What is kept, newest first."""
        return await asyncio.to_thread(self._summarize)

    async def read_mail(self, mail_id: str) -> Mail:
        """One mail with its bodies and pictures. Raises NotFound (`mail_not_found`)."""
        if _MAIL_ID.fullmatch(mail_id) is None:
            raise _not_found()
        return await asyncio.to_thread(self._read, mail_id)

    def _write(self, data: bytes) -> str:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mail_id = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        temporary = self._directory / f".{mail_id}"
        temporary.write_bytes(data)
        temporary.rename(self._path(mail_id))
        for path in self._newest_first()[self._most_kept :]:
            path.unlink(missing_ok=True)
        return mail_id

    def _summarize(self) -> tuple[MailSummary, ...]:
        parser = BytesHeaderParser(policy=SMTP)
        summaries = []
        for path in self._newest_first()[: self._most_kept]:
            with suppress(FileNotFoundError), path.open("rb") as file:  # others send meanwhile
                headers = parser.parse(file)
                summary = MailSummary(
                    path.stem, headers["To"], headers["Subject"], headers["Date"].datetime
                )
                summaries.append(summary)
        return tuple(summaries)

    def _read(self, mail_id: str) -> Mail:
        try:
            data = self._path(mail_id).read_bytes()
        except FileNotFoundError:
            raise _not_found() from None
        return _parse_mail(mail_id, data)

    def _newest_first(self) -> list[Path]:
        return sorted(self._directory.glob("*.eml"), reverse=True)

    def _path(self, mail_id: str) -> Path:
        return self._directory / f"{mail_id}.eml"


def _not_found() -> NotFound:
    return NotFound("mail_not_found", "This mail is no longer in the mailbox.")


def _parse_mail(mail_id: str, data: bytes) -> Mail:
    email = BytesParser(EmailMessage, policy=SMTP).parsebytes(data)
    return Mail(
        mail_id=mail_id,
        message_id=email["Message-ID"].strip("<>"),
        sender=email["From"],
        to=email["To"],
        subject=email["Subject"],
        date=email["Date"].datetime,
        text=_read_body(email, "plain"),
        html=_read_body(email, "html"),
        inline_images=tuple(
            InlineImage(part["Content-ID"].strip("<>"), part.get_content())
            for part in email.walk()
            if part.get_content_type() == "image/jpeg"
        ),
    )


def _read_body(email: EmailMessage, kind: str) -> str:
    body = email.get_body((kind,))
    content: str = "" if body is None else body.get_content()
    return content.replace("\r\n", "\n")
