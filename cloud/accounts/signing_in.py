"""Signing in with e-mail address and password: an API client, or a browser from the log-in page."""

from uuid import UUID

from fastapi import Request

from cloud.accounts.admission import Account, admit, admit_browser, visitor_of
from cloud.accounts.identity import IdentityProvider
from cloud.accounts.sessions import TokenPair, open_api_session
from cloud.accounts.throttling import counting_failed_sign_ins
from cloud.kit.database import Database
from cloud.kit.settings import Settings


async def sign_in(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    *,
    email: str,
    password: str,
) -> tuple[Account, TokenPair]:
    """Who it is, and their tokens. Raises Unauthenticated `invalid_credentials`, TooManyRequests.

    `email` is normalized (`cloud.accounts.emails`).
    """
    user_id = await _authenticate(request, database, settings, identity, email, password)
    return await admit(database, user_id, visitor_of(request, settings), open_api_session)


async def sign_in_browser(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    *,
    email: str,
    password: str,
) -> str:
    """The token for `set_session_cookie`. Raises as `sign_in` does."""
    user_id = await _authenticate(request, database, settings, identity, email, password)
    return await admit_browser(request, database, settings, user_id)


async def _authenticate(
    request: Request,
    database: Database,
    settings: Settings,
    identity: IdentityProvider,
    email: str,
    password: str,
) -> UUID:
    async with counting_failed_sign_ins(request, database, settings, email):
        return await identity.authenticate(email, password)
