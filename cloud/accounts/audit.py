"""The audit: who did or viewed what, when, from where; added in the action's own transaction."""

from typing import Any

from cloud.accounts.models import AuditEntry
from cloud.accounts.sessions import Person
from cloud.kit.database import OrganizationWork


def note(
    work: OrganizationWork,
    who: Person,
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
