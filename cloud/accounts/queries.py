"""Reading what concerns more than one person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.models import User
from cloud.kit.database import Database


async def list_organizations(database: Database) -> Sequence[UUID]:
    """The ids of all organizations that have a user; their own rows stand behind row security."""
    async with database.work() as work:
        found = await work.execute(
            select(User.organization_id).distinct().order_by(User.organization_id)
        )
        return found.scalars().all()
