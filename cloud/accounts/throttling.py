"""How often sign-in, sign-up and mailed links may be tried; the counts are rows.

Sign-ins are counted before the password is looked at, so that many at once get no more tries, and
given back when it was right: only failures add up.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, Request

from cloud.accounts.sessions import Person
from cloud.kit.addresses import client_address, network_of
from cloud.kit.database import Database
from cloud.kit.limits import Limit, give_back, hold_to, spend
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings

QUARTER_HOUR = 900.0
HOUR = 3600.0

SIGN_UPS = Limit("sign_up_address", 30, HOUR)
SIGN_UPS_BY_INVITATION = Limit("sign_up_invitation", 30, HOUR)
"""Of one invitation, and not by address: a whole workshop may be invited behind one."""

FAILED_SIGN_INS = Limit("sign_in_account", 10, QUARTER_HOUR)
FAILED_SIGN_INS_OF_ADDRESS = Limit("sign_in_address", 30, QUARTER_HOUR)
FAILED_CHANGES = Limit("change_password", 10, QUARTER_HOUR)
RESET_REQUESTS = Limit("forgot_password_address", 10, QUARTER_HOUR)
LINKS = Limit("mailed_link_address", 20, QUARTER_HOUR)
RESET_MAILS = Limit("reset_mail_account", 4, HOUR)
VERIFICATION_MAILS = Limit("verification_mail_account", 4, HOUR)
INVITATIONS = Limit("invitation_organization", 30, HOUR)
INVITATION_MAILS = Limit("invitation_mail_address", 20, HOUR)
"""Of one address, by all organizations together."""


async def count_by_address(
    request: Request, database: Database, settings: Settings, limit: Limit
) -> None:
    """Raises TooManyRequests."""
    await hold_to(request, database, limit, _network(request, settings))


def counted_by_address(limit: Limit) -> Any:
    """A dependency that does the same before the body is checked: a malformed call counts too."""

    async def count(request: Request, database: TheDatabase, settings: TheSettings) -> None:
        await count_by_address(request, database, settings, limit)

    return Depends(count)


@asynccontextmanager
async def counting_failed_sign_ins(
    request: Request, database: Database, settings: Settings, email: str
) -> AsyncIterator[None]:
    """Count this attempt by address and by account, unless it ends well. Raises TooManyRequests."""
    network = _network(request, settings)
    await hold_to(request, database, FAILED_SIGN_INS_OF_ADDRESS, network)
    await hold_to(request, database, FAILED_SIGN_INS, email)
    yield
    await give_back(database, FAILED_SIGN_INS_OF_ADDRESS, network)
    await give_back(database, FAILED_SIGN_INS, email)


@asynccontextmanager
async def counting_failed_changes(
    request: Request, database: Database, who: Person
) -> AsyncIterator[None]:
    """Count this try of the current password; not if it ends well. Raises TooManyRequests."""
    await hold_to(request, database, FAILED_CHANGES, str(who.user_id))
    yield
    await give_back(database, FAILED_CHANGES, str(who.user_id))


async def count_invitation(request: Request, database: Database, who: Person, email: str) -> None:
    """Raises TooManyRequests."""
    await hold_to(request, database, INVITATION_MAILS, email)
    await hold_to(request, database, INVITATIONS, str(who.organization_id))


async def may_mail(database: Database, limit: Limit, email: str) -> bool:
    """Whether one more mail may go there: nobody's mailbox is to be flooded from here."""
    return (await spend(database, limit, email)).allowed


def _network(request: Request, settings: Settings) -> str:
    return network_of(client_address(request, settings.trusted_proxies))
