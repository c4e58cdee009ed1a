"""Digests as they are kept and told: one for each day of an organization, to all who are told.

What stands in one is found out by the room of watch (`cloud.watch.digest`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from cloud.alerts.models import DeliveryKind, Digest
from cloud.alerts.notifications import read_notifications
from cloud.alerts.queueing import queue_message
from cloud.alerts.recipients import keep
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id


async def has_digest(work: OrganizationWork, day: date) -> bool:
    mine = select(Digest.id).where(
        Digest.organization_id == work.organization_id, Digest.day == day
    )
    return bool(await work.scalar(select(mine.exists())))


async def keep_digest(work: OrganizationWork, day: date, document: Mapping[str, Any]) -> bool:
    """Keep a day's digest and queue its messages; False where somebody else has just done so."""
    digest_id: UUID | None = await work.scalar(
        insert(Digest)
        .values(id=new_id(), organization_id=work.organization_id, day=day, document=document)
        .on_conflict_do_nothing()
        .returning(Digest.id)
    )
    if digest_id is None:
        return False
    notifications = await read_notifications(work)
    if notifications.enabled and notifications.daily_digest:
        for recipient in notifications.recipients:
            kept = await keep(work, recipient)
            await queue_message(work, kept, DeliveryKind.DIGEST, digest_id=digest_id)
    return True


async def read_digest(work: OrganizationWork, digest_id: UUID) -> dict[str, Any]:
    """The document of a digest."""
    document: dict[str, Any] = await work.scalar(
        select(Digest.document).where(
            Digest.organization_id == work.organization_id, Digest.id == digest_id
        )
    )
    return document
