"""The addresses of the organization itself, and of the versions that run in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping, select

from cloud.accounts.access import Admin, Viewer
from cloud.devices.command_schemas import DeviceVersion
from cloud.devices.models import Device
from cloud.devices.organization import edit_organization, organization_document
from cloud.devices.schemas import CloudVersion, OrganizationAnswer, OrganizationBody, Versions
from cloud.devices.versions import find_upgrade
from cloud.kit.access import ANYONE
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase
from version import __version__

router = APIRouter(prefix="/v1", tags=["Organization"])


@router.get("/organization", response_model=OrganizationAnswer)
async def read_organization(who: Viewer, database: TheDatabase) -> JsonAnswer:
    """Your organization and what it may have."""
    async with database.work_for(who.organization_id) as work:
        document = await organization_document(work)
    return JsonAnswer(document)


@router.patch("/organization", response_model=OrganizationAnswer)
async def change_organization(
    who: Admin, database: TheDatabase, body: OrganizationBody
) -> JsonAnswer:
    """Change your organization's name or time zone."""
    async with database.work_for(who.organization_id) as work:
        await edit_organization(work, who, name=body.name, time_zone=body.time_zone)
        document = await organization_document(work)
    return JsonAnswer(document)


@router.get("/version/cloud", response_model=CloudVersion, dependencies=[ANYONE])
async def read_cloud_version(
    device_version: Annotated[DeviceVersion | None, Query()] = None,
) -> JsonAnswer:
    """Which Visant runs here, and what a device client of that version should do, if anything."""
    upgrade = find_upgrade(device_version)
    return JsonAnswer({"version": __version__, "upgrade": vars(upgrade) if upgrade else None})


@router.get("/version", response_model=Versions)
async def read_versions(who: Viewer, database: TheDatabase) -> JsonAnswer:
    """Which Visant runs here, and which device client on each of your cameras."""
    async with database.work_for(who.organization_id) as work:
        rows = await work.execute(
            select(
                Device.unit_id.label("device_id"),
                Device.friendly_name,
                Device.device_version,
                Device.last_seen_at,
            )
            .where(Device.organization_id == work.organization_id, Device.released_at.is_(None))
            .order_by(Device.activated_at.desc(), Device.id.desc())
        )
        devices = [dict(row) | {"upgrade": _upgrade(row)} for row in rows.mappings()]
    return JsonAnswer({"cloud_version": __version__, "devices": devices})


def _upgrade(row: RowMapping) -> dict[str, Any] | None:
    upgrade = find_upgrade(row["device_version"])
    return vars(upgrade) if upgrade else None
