"""The addresses of notifications: who is told, for the organization and for one camera."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from cloud.accounts.access import Admin, Viewer
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.alerts.choosing import read_channels
from cloud.alerts.letters import read_zone
from cloud.alerts.notification_documents import (
    device_notifications_document,
    organization_notifications_document,
)
from cloud.alerts.notification_schemas import (
    DeviceNotificationsBody,
    DeviceNotificationsDocument,
    NotificationsBody,
    OrganizationNotificationsBody,
    OrganizationNotificationsDocument,
)
from cloud.alerts.notifications import change_notifications, read_notifications
from cloud.alerts.recipients import Enlisted
from cloud.devices.queries import get_device
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.sealing import Seal, seal_of
from cloud.kit.settings import Settings

router = APIRouter(prefix="/v1", tags=["Alerts"])

CHECKED = frozenset({"inherit", "channels", "escalation"})
"""What of a request is not kept as it came."""


@router.get(
    "/notifications",
    response_model=OrganizationNotificationsDocument,
    response_model_exclude_none=True,
)
async def get_notifications(
    who: Viewer, database: TheDatabase, settings: TheSettings
) -> JsonAnswer:
    """Who is told, and how often."""
    async with database.work_for(who.organization_id) as work:
        notifications = await read_notifications(work)
    return JsonAnswer(organization_notifications_document(notifications, _seal_for(who, settings)))


@router.put("/notifications", response_model=OrganizationNotificationsDocument)
async def put_notifications(
    who: Admin, database: TheDatabase, settings: TheSettings, body: OrganizationNotificationsBody
) -> JsonAnswer:
    """Choose who is told, and how often. What is left out stays as it is."""
    changes = await _read_changes(database, who, settings, body, None)
    async with database.work_for(who.organization_id) as work:
        enlisted = await change_notifications(work, seal_of(settings), who, changes)
        notifications = await read_notifications(work)
    return JsonAnswer(
        organization_notifications_document(notifications, seal_of(settings), enlisted)
    )


@router.get("/devices/{device_id}/notifications", response_model=DeviceNotificationsDocument)
async def get_device_notifications(
    who: Viewer, database: TheDatabase, settings: TheSettings, device_id: str
) -> JsonAnswer:
    """What is in force for one camera; `own` names what it does not inherit."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        notifications = await read_notifications(work, device.id)
    return JsonAnswer(device_notifications_document(notifications, _seal_for(who, settings)))


@router.put("/devices/{device_id}/notifications", response_model=DeviceNotificationsDocument)
async def put_device_notifications(
    who: Admin,
    database: TheDatabase,
    settings: TheSettings,
    device_id: str,
    body: DeviceNotificationsBody,
) -> JsonAnswer:
    """Choose what one camera does otherwise, or inherits again."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
    changes = await _read_changes(database, who, settings, body, device.id)
    async with database.work_for(who.organization_id) as work:
        enlisted: list[Enlisted] = await change_notifications(
            work,
            seal_of(settings),
            who,
            changes,
            device_id=(await get_device(work, device_id, lock=True)).id,
            inherit=body.inherit,
        )
        notifications = await read_notifications(work, device.id)
    return JsonAnswer(device_notifications_document(notifications, seal_of(settings), enlisted))


def _seal_for(who: Person, settings: Settings) -> Seal | None:
    """Whole addresses are for those who may change them."""
    return seal_of(settings) if who.role in {Role.ADMIN, Role.OWNER} else None


async def _read_changes(
    database: Database,
    who: Person,
    settings: Settings,
    body: NotificationsBody,
    device_id: UUID | None,
) -> dict[str, Any]:
    changes = body.model_dump(exclude_unset=True, exclude=set(CHECKED), by_alias=True)
    if body.quiet_hours:
        async with database.work_for(who.organization_id) as work:
            zone = await read_zone(work)
        changes["quiet_hours"] = [{"time_zone": zone} | each for each in changes["quiet_hours"]]
    if not body.model_fields_set.isdisjoint({"channels", "escalation"}):
        async with database.work_for(who.organization_id) as work:
            known = await _known(work, device_id)
        changes |= await _read_destinations(body, settings, known)
    return changes


async def _read_destinations(
    body: NotificationsBody, settings: Settings, known: frozenset[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "channels" in body.model_fields_set:
        found["channels"] = await read_channels(body.channels, settings, known=known)
    if body.escalation is not None:
        channels = await read_channels(
            body.escalation.channels, settings, known=known, place="escalation.channels"
        )
        after_minutes = body.escalation.after_minutes
        found["escalation"] = {"after_minutes": after_minutes, "channels": channels}
    elif "escalation" in body.model_fields_set:
        found["escalation"] = None
    return found


async def _known(work: OrganizationWork, device_id: UUID | None) -> frozenset[str]:
    notifications = await read_notifications(work, device_id)
    escalated = notifications.escalation.recipients if notifications.escalation else ()
    return frozenset(each.shown for each in (*notifications.recipients, *escalated))
