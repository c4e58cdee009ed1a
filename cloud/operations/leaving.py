"""Taking somebody out of the organization: they have no way in, and no picture reaches them."""

from uuid import UUID

from cloud.accounts.members import remove_member
from cloud.accounts.sessions import Person
from cloud.alerts.recipients import distrust
from cloud.kit.database import OrganizationWork


async def leave(work: OrganizationWork, who: Person, user_id: UUID) -> None:
    """Remove a member, whose address has to be confirmed before it is told of anything again.

    Raises NotFound, Forbidden `owner_needed`, Conflict `last_owner`.
    """
    await distrust(work, await remove_member(work, who, user_id))
