"""What the tests of accounts stand on: cheap hashing, and a mailbox that their mails end in."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path

import pytest

from cloud.accounts.mailer import Mailer
from cloud.channels.mailbox import DevelopmentMailbox, Mail
from cloud.kit.database import Database
from cloud.kit.settings import Settings

SENDER = Address("Visant", "visant", "example.test")


@dataclass(frozen=True)
class Postman:
    """Takes the mailer's turns, and reads what came."""

    mailer: Mailer
    mailbox: DevelopmentMailbox

    async def mails_to(self, email: str) -> list[Mail]:
        """Send what is due; the mails of an address, newest first."""
        while await self.mailer.turn():
            pass
        return [
            await self.mailbox.read_mail(summary.mail_id)
            for summary in await self.mailbox.list_mails()
            if summary.to == email
        ]

    async def token_for(self, email: str, page: str, *, parameter: str = "token") -> str:
        """The token of the newest mailed link to `page`."""
        link = re.compile(rf"^http://\S+/{page}\?{parameter}=(\S+)$", re.MULTILINE)
        for mail in await self.mails_to(email):
            if found := link.search(mail.text):
                return found[1]
        raise AssertionError(f"no link to {page} was mailed to {email}")


@pytest.fixture
def postman(database: Database, settings: Settings, tmp_path: Path) -> Postman:
    mailbox = DevelopmentMailbox(tmp_path / "mailbox", SENDER)
    return Postman(Mailer(database, mailbox, settings), mailbox)
