"""Refreshing: an API client exchanges its refresh token, once, for a new pair of tokens.

A spent one that comes again was stolen, or its thief was the one who spent it: nobody can tell, so
the whole session ends (RFC 9700, 4.14.2).
"""

from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import RefreshToken, Session
from cloud.accounts.sessions import (
    ACCESS_TOKEN_LIFE,
    TOKEN_PREFIX,
    TokenPair,
    end_session,
    issue_refresh_token,
)
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, Work
from cloud.kit.errors import Unauthenticated
from cloud.kit.ids import hash_secret, new_secret


async def refresh(database: Database, refresh_token: str) -> tuple[UUID, TokenPair]:
    """The user and the new pair; the old pair is dead. Raises Unauthenticated `session_ended`."""
    async with database.work() as work:
        refreshed = await _refresh(work, refresh_token)
    if refreshed is None:  # raised only now, so that the end of the session is committed
        raise Unauthenticated("session_ended", "This sign-in has ended. Sign in again.")
    return refreshed


async def _refresh(work: Work, refresh_token: str) -> tuple[UUID, TokenPair] | None:
    found = (
        await work.execute(
            select(RefreshToken, Session)
            .join(Session, Session.id == RefreshToken.session_id)
            .where(RefreshToken.token_hash == hash_secret(refresh_token))
            .with_for_update()  # of two at once, the second sees that the first has spent it
        )
    ).one_or_none()
    if found is None:
        return None
    token, session = found
    if token.spent_at is not None:
        await end_session(work, session.id)
        return None
    now = utc_now()
    if session.ended_at is not None or session.expires_at <= now or token.expires_at <= now:
        return None
    token.spent_at = now
    return session.user_id, _renew(work, session)


def _renew(work: Work, session: Session) -> TokenPair:
    access_token = new_secret(TOKEN_PREFIX)
    session.token_hash = hash_secret(access_token)
    session.token_expires_at = utc_now() + ACCESS_TOKEN_LIFE
    return issue_refresh_token(work, session, access_token)
