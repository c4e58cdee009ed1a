"""Mailing the link that proves an address once more, to whoever has not opened it."""

from cloud.accounts.identity import IdentityProvider
from cloud.accounts.sessions import Person
from cloud.accounts.throttling import VERIFICATION_MAILS, may_mail
from cloud.kit.database import Database


async def mail_verification(database: Database, identity: IdentityProvider, who: Person) -> None:
    """Have the link mailed, unless it is needless or was mailed a few times lately."""
    if not who.email_verified and await may_mail(database, VERIFICATION_MAILS, who.email):
        async with database.work() as work:
            await identity.ask_to_verify(work, who.email)
