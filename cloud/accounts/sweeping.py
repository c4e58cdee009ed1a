"""Removes what is over for good: ended sessions, dead links, counts that limit nothing any more."""

from datetime import timedelta

from sqlalchemy import delete, or_

from cloud.accounts.models import OneTimeToken, Session
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.limits import forget_spent_limits

KEPT = timedelta(days=7)
"""Ended sessions are kept this long, so that a stolen token is still known as one."""


async def sweep(database: Database) -> None:
    """Remove what ended a week ago, and the counts that have run out."""
    long_ago = utc_now() - KEPT
    async with database.work() as work:
        await work.execute(
            delete(Session).where(or_(Session.ended_at < long_ago, Session.expires_at < long_ago))
        )
        await work.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < long_ago))
    await forget_spent_limits(database)
