"""What people do with their own account: their name, where they are signed in, signing out."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from cloud.accounts.audit import note
from cloud.accounts.models import Session, User
from cloud.accounts.sessions import Person, end_all_sessions, end_session
from cloud.kit.database import OrganizationWork, Work

SESSIONS_SHOWN = 50


async def rename(work: OrganizationWork, who: Person, name: str) -> None:
    """Change one's own name."""
    await work.execute(update(User).where(User.id == who.user_id).values(name=name))
    note(work, who, "user.renamed", str(who.user_id))


async def sign_out(work: OrganizationWork, who: Person, *, everywhere: bool) -> None:
    """End this session, or all of the user's."""
    if everywhere:
        await end_all_sessions(work, who.user_id)
    else:
        await end_session(work, who.session_id)
    note(work, who, "session.ended", everywhere=everywhere)


async def list_sessions(work: Work, who: Person) -> Sequence[Session]:
    """Where the user is signed in, the last used first."""
    living = await work.session.scalars(
        select(Session)
        .where(
            Session.user_id == who.user_id,
            Session.ended_at.is_(None),
            Session.expires_at > func.clock_timestamp(),
        )
        .order_by(Session.last_seen_at.desc())
        .limit(SESSIONS_SHOWN)
    )
    return living.all()
