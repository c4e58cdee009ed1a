"""Account mails to be sent: rows, so that none is lost, with neither content nor token.

A mail is queued for an address, not for a user: asking for a reset does the same work whether or
not somebody has the address. Its sender (`cloud.accounts.mailer`) looks who that is. An invitation
is queued by its own id, with its organization.
"""

from uuid import UUID

from sqlalchemy import delete

from cloud.accounts.models import AccountMail, TokenPurpose
from cloud.kit.database import Work
from cloud.kit.ids import new_id
from cloud.kit.queue import Queue

QUEUE = Queue("account_mail")

NOBODYS = UUID(int=0)
"""Stands for the organization, which is not known yet."""


async def queue_mail(work: Work, email: str, purpose: TokenPurpose) -> None:
    """Have a mail with a one-time link sent once this transaction is committed."""
    mail = AccountMail(id=new_id(), email=email, purpose=purpose)
    work.add(mail)
    await QUEUE.put(work, mail.id, NOBODYS)


async def withdraw_mails(work: Work, email: str, purpose: TokenPurpose) -> None:
    """Have no mail of a purpose that still waits be sent. One being written is waited for.

    So do this before its link is used up.
    """
    await work.execute(
        delete(AccountMail).where(AccountMail.email == email, AccountMail.purpose == purpose)
    )
