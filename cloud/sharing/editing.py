"""Changing a share link, and taking it back."""

from datetime import timedelta
from uuid import UUID

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.sharing.queries import get_share
from cloud.sharing.schemas import ShareChangesBody
from cloud.sharing.shares import Share


async def change_share(
    work: OrganizationWork, who: Person, link_id: UUID, changes: ShareChangesBody
) -> Share:
    """Change what was named. Raises NotFound, and Conflict for a link that was revoked."""
    share = await get_share(work, link_id, lock=True)
    link, named = share.link, changes.model_fields_set
    if link.revoked_at is not None:
        raise Conflict("share_link_revoked", "This link was taken back. Make a new one.")
    if "label" in named:
        link.label = changes.label
    if "max_views" in named:
        link.max_views = changes.max_views
    if changes.expires_in_hours is not None:
        link.expires_at = utc_now() + timedelta(hours=changes.expires_in_hours)
    note(work, who, "share_link.changed", str(link.id), changed=sorted(named))
    return share


async def revoke_share(work: OrganizationWork, who: Person, link_id: UUID) -> None:
    """End a link for good; every page and picture of it with the commit. Raises NotFound."""
    link = (await get_share(work, link_id, lock=True)).link
    if link.revoked_at is None:
        link.revoked_at = utc_now()
        note(work, who, "share_link.revoked", str(link.id), device_id=link.unit_id)
