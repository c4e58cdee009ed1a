"""The audit: who did or viewed what, when, from where; added in the action's own transaction."""

from typing import Any

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
