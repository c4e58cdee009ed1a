"""The audit: who did or viewed what, when, from where; added in the action's own transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from cloud.accounts.models import AuditEntry
from cloud.accounts.sessions import Actor
from cloud.kit.database import OrganizationWork


def note(
    work: OrganizationWork,
    who: Actor,
    action: str,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Add an entry; `action` is a noun and a verb (`device.activated`), `detail` no secret."""
    work.add(
        AuditEntry(
            organization_id=work.organization_id,
            actor_id=who.user_id,
            actor=who.email,
            action=action,
            subject=subject,
            detail=detail,
            address=who.address,
        )
    )


async def note_once(
    work: OrganizationWork,
    who: Actor,
    action: str,
    subject: str,
    *,
    since: datetime,
    **detail: Any,
) -> None:
    """Add an entry, unless there is the same one since then."""
    same = select(AuditEntry.id).where(
        AuditEntry.organization_id == work.organization_id,
        AuditEntry.at >= since,
        AuditEntry.actor_id == who.user_id,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        AuditEntry.address == who.address,
        AuditEntry.detail == detail,
    )
    if await work.scalar(same.limit(1)) is None:
        note(work, who, action, subject, **detail)


def note_by_device(
    work: OrganizationWork, unit_id: str, action: str, *, address: str, **detail: Any
) -> None:
    """Add an entry of something that a device did itself."""
    work.add(
        AuditEntry(
            organization_id=work.organization_id,
            actor_id=None,
            actor=f"device {unit_id}",
            action=action,
            subject=unit_id,
            detail=detail,
            address=address,
        )
    )
