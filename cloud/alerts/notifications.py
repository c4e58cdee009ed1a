"""Who is told of incidents, how, and how often: for the whole organization, and for one camera.

Only what was chosen is kept. What a camera does not choose for itself is the organization's choice,
and what that does not choose is a default, so that until somebody chooses recipients the
organization's owners are told.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from cloud.accounts.audit import note
from cloud.accounts.models import Role, User
from cloud.accounts.sessions import Person
from cloud.alerts.models import DeliveryKind, NotificationSettings, Recipient
from cloud.alerts.queueing import look_again, queue_message
from cloud.alerts.quiet_hours import QuietHours
from cloud.alerts.recipients import (
    Destination,
    Enlisted,
    email_recipient,
    enlist,
    keep,
    list_recipients,
)
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.sealing import Seal

COOLDOWN_MINUTES = 30
OFFLINE_AFTER_MINUTES = 15

Chosen = dict[str, Any]
"""What was chosen in one place; its `channels`, and those of `escalation`, are recipients' ids."""


@dataclass(frozen=True)
class Escalation:
    """Who else is told when nobody has acknowledged an incident so long after it was told."""

    after: timedelta
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True)
class Notifications:
    """What is in force. `own` names what the camera chose for itself."""

    recipients: tuple[Recipient, ...]
    enabled: bool = True
    cooldown_minutes: int = COOLDOWN_MINUTES
    on_uncertain: bool = False
    on_offline_after_minutes: int | None = OFFLINE_AFTER_MINUTES
    """How long a camera may be away before people are told; None: for ever."""
    quiet_hours: tuple[QuietHours, ...] = ()
    escalation: Escalation | None = None
    daily_digest: bool = True
    """Only the organization's own choice counts."""
    own: frozenset[str] = field(default=frozenset())

    @property
    def offline_after(self) -> timedelta | None:
        minutes = self.on_offline_after_minutes
        return None if minutes is None else timedelta(minutes=minutes)


async def read_notifications(
    work: OrganizationWork, device_id: UUID | None = None
) -> Notifications:
    """What is in force for the organization, or for one of its cameras, by its row's id."""
    ids = [] if device_id is None else [device_id]
    return (await read_all_notifications(work, ids))[device_id]


async def read_all_notifications(
    work: OrganizationWork, device_ids: Collection[UUID]
) -> dict[UUID | None, Notifications]:
    """What is in force for each of these cameras, and under None for the organization."""
    chosen = await _read_chosen(work, device_ids)
    general = chosen.get(None, {})
    everywhere = await _read(work, general, own=frozenset())
    in_force: dict[UUID | None, Notifications] = {None: everywhere}
    for device_id in device_ids:
        own = chosen.get(device_id)
        in_force[device_id] = (
            await _read(work, general | own, own=frozenset(own)) if own else everywhere
        )
    return in_force


async def hold_notifications(
    work: OrganizationWork, device_id: UUID | None = None
) -> Notifications:
    """What is in force, which nobody else changes until this work ends."""
    await work.execute(
        insert(NotificationSettings)
        .values(id=new_id(), organization_id=work.organization_id, device_id=device_id, document={})
        .on_conflict_do_nothing()
    )
    await _read_chosen(work, [device_id], lock=True)
    return await read_notifications(work, device_id)


async def change_notifications(
    work: OrganizationWork,
    seal: Seal,
    who: Person,
    changes: Mapping[str, Any],
    *,
    device_id: UUID | None = None,
    inherit: Iterable[str] = (),
) -> list[Enlisted]:
    """Write down what was chosen; what is not named stays as it is. The recipients named.

    `channels` in the changes, and in their `escalation`, are destinations, or recipients that stay
    as they are. What is in `inherit` becomes the organization's choice again.
    """
    written, shown = dict(changes), dict(changes)
    enlisted: list[Enlisted] = []
    if "channels" in changes:
        named = await _enlist_all(work, seal, changes["channels"])
        written["channels"], shown["channels"] = _ids(named), _words(named)
        enlisted += named
    if changes.get("escalation"):
        named = await _enlist_all(work, seal, changes["escalation"]["channels"])
        written["escalation"] = changes["escalation"] | {"channels": _ids(named)}
        shown["escalation"] = changes["escalation"] | {"channels": _words(named)}
        enlisted += named
    chosen = (await _read_chosen(work, [device_id], lock=True)).get(device_id, {}) | written
    for name in inherit:
        chosen.pop(name, None)
    await _write(work, device_id, chosen)
    await look_again(work, device_id)
    note(
        work,
        who,
        "notifications.changed",
        str(device_id) if device_id else None,
        **shown,
        **({"inherited": sorted(inherit)} if inherit else {}),
    )
    return enlisted


async def _enlist_all(
    work: OrganizationWork, seal: Seal, named: Iterable[Destination | Recipient]
) -> list[Enlisted]:
    """Each recipient once; who is not known to want messages is asked."""
    enlisted = [await _enlist(work, seal, each) for each in named]
    unique = list({each.recipient.id: each for each in enlisted}.values())
    await _ask_the_unconfirmed(work, unique)
    return unique


async def _enlist(work: OrganizationWork, seal: Seal, named: Destination | Recipient) -> Enlisted:
    if isinstance(named, Recipient):
        return Enlisted(await keep(work, named))
    return await enlist(work, seal, named)


def _ids(enlisted: Iterable[Enlisted]) -> list[str]:
    return [str(each.recipient.id) for each in enlisted]


def _words(enlisted: Iterable[Enlisted]) -> list[str]:
    return [each.recipient.shown for each in enlisted]


async def _ask_the_unconfirmed(work: OrganizationWork, enlisted: Iterable[Enlisted]) -> None:
    """Mail each who is not known to want messages, once."""
    for each in enlisted:
        recipient = each.recipient
        if recipient.confirmed_at is None and recipient.asked_at is None:
            recipient.asked_at = utc_now()
            await queue_message(work, recipient, DeliveryKind.CONFIRMATION)


async def _read(
    work: OrganizationWork, chosen: Mapping[str, Any], *, own: frozenset[str]
) -> Notifications:
    rest = dict(chosen)
    ids = rest.pop("channels", None)
    recipients = await _owners(work) if ids is None else await list_recipients(work, ids)
    quiet_hours = tuple(map(QuietHours.read, rest.pop("quiet_hours", ())))
    escalation = await _read_escalation(work, rest.pop("escalation", None))
    return Notifications(
        tuple(recipients), quiet_hours=quiet_hours, escalation=escalation, own=own, **rest
    )


async def _read_escalation(work: OrganizationWork, kept: Chosen | None) -> Escalation | None:
    if kept is None:
        return None
    recipients = await list_recipients(work, kept["channels"])
    return Escalation(timedelta(minutes=kept["after_minutes"]), tuple(recipients))


async def _read_chosen(
    work: OrganizationWork, device_ids: Iterable[UUID | None], *, lock: bool = False
) -> dict[UUID | None, Chosen]:
    cameras = [each for each in device_ids if each is not None]
    statement = select(NotificationSettings.device_id, NotificationSettings.document).where(
        NotificationSettings.organization_id == work.organization_id,
        NotificationSettings.device_id.is_(None) | NotificationSettings.device_id.in_(cameras),
    )
    rows = await work.execute(statement.with_for_update() if lock else statement)
    return {row.device_id: dict(row.document) for row in rows}


async def _write(work: OrganizationWork, device_id: UUID | None, chosen: Chosen) -> None:
    await work.execute(
        insert(NotificationSettings)
        .values(
            id=new_id(),
            organization_id=work.organization_id,
            device_id=device_id,
            document=chosen,
        )
        .on_conflict_do_update(
            index_elements=["organization_id", "device_id"], set_={"document": chosen}
        )
    )


async def _owners(work: OrganizationWork) -> list[Recipient]:
    emails = await work.session.scalars(
        select(User.email)
        .where(User.organization_id == work.organization_id, User.role == Role.OWNER)
        .order_by(User.created_at, User.id)
    )
    return [email_recipient(email) for email in emails]
