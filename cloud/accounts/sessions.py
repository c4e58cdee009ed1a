"""Sessions: sign-ins as rows. A token is 256 random bits, of which only the hash is kept.

A browser holds its token in a cookie until the session ends; an API client holds a short-lived
access token and exchanges a refresh token for a new pair (`cloud.accounts.refreshing`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, func, select, update

from cloud.accounts.models import RefreshToken, Role, Session, SessionKind, User
from cloud.kit.bells import ring
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, Work
from cloud.kit.ids import hash_secret, new_id, new_secret

TOKEN_PREFIX = "vst_"  # noqa: S105  # a prefix that scanners can find, no secret
REFRESH_PREFIX = "vrt_"

SESSION_ENDED_TOPIC = "session_ended"
"""The bell that rings for a user's id when sessions of theirs have ended: streams close."""

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
API_SESSION_LIFE = timedelta(days=90)
BROWSER_SESSION_LIFE = timedelta(days=30)
BROWSER_IDLE_LIFE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_USER_AGENT = 200

LIVES = {
    SessionKind.BROWSER: (BROWSER_SESSION_LIFE, BROWSER_SESSION_LIFE),
    SessionKind.API: (API_SESSION_LIFE, ACCESS_TOKEN_LIFE),
}
"""Of the session, and of one token of it."""


@dataclass(frozen=True)
class Actor:
    """Who does something, and from where: what the audit keeps of a person.

    `user_id` is None for somebody who has no account here, such as the reader of a mail.
    """

    user_id: UUID | None
    email: str
    address: str


@dataclass(frozen=True)
class Person(Actor):
    """Who is asking: a signed-in user, as of this request."""

    user_id: UUID
    organization_id: UUID
    name: str
    role: Role
    email_verified: bool
    is_platform_admin: bool
    preferences: dict[str, object]
    session_id: UUID
    session_kind: SessionKind


@dataclass(frozen=True)
class TokenPair:
    """What an API client gets. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


async def open_browser_session(
    work: Work, user_id: UUID, *, address: str, user_agent: str | None
) -> str:
    """Sign a browser in; the token for its cookie."""
    token = new_secret(TOKEN_PREFIX)
    work.add(
        _new_session(user_id, SessionKind.BROWSER, token, address=address, user_agent=user_agent)
    )
    return token


async def open_api_session(
    work: Work, user_id: UUID, *, address: str, user_agent: str | None
) -> TokenPair:
    """Sign an API client in."""
    token = new_secret(TOKEN_PREFIX)
    session = _new_session(user_id, SessionKind.API, token, address=address, user_agent=user_agent)
    work.add(session)
    await work.flush()
    return issue_refresh_token(work, session, token)


def issue_refresh_token(work: Work, session: Session, access_token: str) -> TokenPair:
    """Make the refresh token that goes with an access token; it lives as long as its session."""
    refresh_token = new_secret(REFRESH_PREFIX)
    work.add(
        RefreshToken(
            token_hash=hash_secret(refresh_token),
            session_id=session.id,
            expires_at=session.expires_at,
        )
    )
    return TokenPair(access_token, refresh_token, int(ACCESS_TOKEN_LIFE.total_seconds()))


def _new_session(
    user_id: UUID, kind: SessionKind, token: str, *, address: str, user_agent: str | None
) -> Session:
    now = utc_now()
    session_life, token_life = LIVES[kind]
    return Session(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        token_hash=hash_secret(token),
        token_expires_at=now + token_life,
        expires_at=now + session_life,
        address=address,
        user_agent=(user_agent or "")[:LONGEST_USER_AGENT] or None,
    )


async def find_session(database: Database, token: str) -> Row[Any] | None:
    """The living session of a token, and whose it is; its last use is noted.

    Every request of a person asks for it, and so nothing more is read than a `Person` is made of.
    """
    now = utc_now()
    found = await database.ask(FIND_SESSION, {"token_hash": hash_secret(token), "now": now})
    if not found:
        return None
    (row,) = found
    if row.kind == SessionKind.BROWSER and row.last_seen_at < now - BROWSER_IDLE_LIFE:
        return None
    if row.last_seen_at < now - SEEN_EVERY:
        async with database.work() as work:
            seen = update(Session).where(Session.id == row.session_id)
            await work.execute(seen.values(last_seen_at=now))
    return row


async def end_session(work: Work, session_id: UUID) -> None:
    """End one session on every process: the next request with its token is refused."""
    await _end(work, Session.id == session_id)


async def end_all_sessions(work: Work, user_id: UUID, *, except_id: UUID | None = None) -> None:
    """End all of a user's sessions, but for the one that asks where it may stay."""
    if except_id is None:
        await _end(work, Session.user_id == user_id)
    else:
        await _end(work, Session.user_id == user_id, Session.id != except_id)


async def _end(work: Work, *which: ColumnElement[bool]) -> None:
    ended = await work.execute(
        update(Session)
        .where(*which, Session.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp())
        .returning(Session.user_id)
    )
    for user_id in set(ended.scalars()):
        await ring(work, SESSION_ENDED_TOPIC, str(user_id))


_of_session: tuple[Any, ...] = (Session.id.label("session_id"), Session.kind, Session.last_seen_at)
_of_user: tuple[Any, ...] = (
    User.id.label("user_id"),
    User.organization_id,
    User.email,
    User.name,
    User.role,
    User.email_verified_at,
    User.preferences,
)
FIND_SESSION = (
    select(*_of_session, *_of_user)
    .join(User, User.id == Session.user_id)
    .where(
        Session.token_hash == bindparam("token_hash"),
        Session.ended_at.is_(None),
        Session.token_expires_at > bindparam("now"),
        Session.expires_at > bindparam("now"),
    )
)
