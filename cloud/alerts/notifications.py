"""Who is told of incidents, how, and how often: one document for the whole organization.

Only what was chosen is kept; the rest are defaults, so that until somebody chooses recipients the
organization's owners are told.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from cloud.accounts.audit import note
from cloud.accounts.models import Role, User
from cloud.accounts.sessions import Person
from cloud.alerts.models import NotificationSettings
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id

EMAIL = "email"
COOLDOWN_MINUTES = 30
OFFLINE_AFTER_MINUTES = 15


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: by which channel, to which address."""

    channel: str
    address: str


@dataclass(frozen=True)
class Notifications:
    """What is in force."""

    recipients: tuple[Recipient, ...]
    enabled: bool = True
    cooldown_minutes: int = COOLDOWN_MINUTES
    on_uncertain: bool = False
    on_offline_after_minutes: int | None = OFFLINE_AFTER_MINUTES
    """How long a camera may be away before people are told; None: for ever."""

    @property
    def offline_after(self) -> timedelta | None:
        minutes = self.on_offline_after_minutes
        return None if minutes is None else timedelta(minutes=minutes)

    @property
    def document(self) -> dict[str, Any]:
        return {
            "enabled": self.enabled,
            "channels": [{"kind": each.channel, "to": each.address} for each in self.recipients],
            "cooldown_minutes": self.cooldown_minutes,
            "on_uncertain": self.on_uncertain,
            "on_offline_after_minutes": self.on_offline_after_minutes,
        }


async def read_notifications(work: OrganizationWork) -> Notifications:
    """What is in force for the organization."""
    chosen = await _read_chosen(work)
    channels = chosen.pop("channels", None)
    if channels is None:
        return Notifications(await _owners(work), **chosen)
    return Notifications(tuple(Recipient(each["kind"], each["to"]) for each in channels), **chosen)


async def change_notifications(
    work: OrganizationWork, who: Person, changes: dict[str, Any]
) -> Notifications:
    """Write down what was chosen; what is not named stays as it is."""
    chosen = await _read_chosen(work, lock=True) | changes
    await work.execute(
        insert(NotificationSettings)
        .values(id=new_id(), organization_id=work.organization_id, document=chosen)
        .on_conflict_do_update(
            index_elements=["organization_id", "device_id"], set_={"document": chosen}
        )
    )
    note(work, who, "notifications.changed", **changes)
    return await read_notifications(work)


async def _read_chosen(work: OrganizationWork, *, lock: bool = False) -> dict[str, Any]:
    statement = select(NotificationSettings.document).where(
        NotificationSettings.organization_id == work.organization_id,
        NotificationSettings.device_id.is_(None),
    )
    document = await work.scalar(statement.with_for_update() if lock else statement)
    return dict(document or {})


async def _owners(work: OrganizationWork) -> tuple[Recipient, ...]:
    emails = await work.session.scalars(
        select(User.email)
        .where(User.organization_id == work.organization_id, User.role == Role.OWNER)
        .order_by(User.created_at, User.id)
    )
    return tuple(Recipient(EMAIL, email) for email in emails)
