"""Proving an address: by the page that a mailed link opens, and mailing the link once more."""

from fastapi import Request

from cloud.accounts.identity import IdentityProvider
from cloud.accounts.platform_admins import platform_admin_emails
from cloud.accounts.sessions import Person
from cloud.accounts.throttling import VERIFICATION_MAILS, counting_failed_sign_ins, may_mail
from cloud.kit.database import Database
from cloud.kit.settings import Settings


async def mail_verification(database: Database, identity: IdentityProvider, who: Person) -> None:
    """Have the link mailed, unless it is needless or was mailed a few times lately."""
    if not who.email_verified and await may_mail(database, VERIFICATION_MAILS, who.email):
        async with database.work() as work:
            await identity.ask_to_verify(work, who.email)


async def needs_password(
    settings: Settings, identity: IdentityProvider, who: Person | None, token: str
) -> bool:
    """Whether whoever opened a link must show that it was they who signed up.

    They must where the address makes a platform admin and they are not signed in with it: a
    stranger may have signed up with it, who would get that power by its reader's press of a button.
    """
    return await _address_in_question(settings, identity, who, token) is not None


async def verify_from_page(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    who: Person | None,
    *,
    token: str,
    password: str,
) -> None:
    """Prove the address, with the account's password where that is needed.

    Raises Gone `link_expired`, Unauthenticated `invalid_credentials`, TooManyRequests.
    """
    email = await _address_in_question(settings, identity, who, token)
    if email is not None:
        async with counting_failed_sign_ins(request, database, settings, email):
            await identity.authenticate(email, password)
    await identity.verify_email(token)


async def _address_in_question(
    settings: Settings, identity: IdentityProvider, who: Person | None, token: str
) -> str | None:
    email = await identity.address_to_prove(token)
    if email not in platform_admin_emails(settings) or (who is not None and who.email == email):
        return None
    return email
