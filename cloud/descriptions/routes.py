"""The addresses of normal descriptions: written, read, put in force, downloaded."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from cloud.accounts.access import Member, Viewer
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import description_in_force, get_description, list_descriptions
from cloud.descriptions.schemas import (
    ActivateVersionBody,
    DescriptionAnswer,
    DescriptionBody,
    DescriptionList,
)
from cloud.descriptions.writing import Draft, activate_description, write_description
from cloud.devices.queries import get_device
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1/devices/{device_id}/descriptions", tags=["Descriptions"])

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


class MarkdownAnswer(Response):
    media_type = "text/markdown"


@router.get("", response_model=DescriptionList)
async def list_versions(
    who: Viewer, database: TheDatabase, device_id: str, page: Paged
) -> JsonAnswer:
    """Every version of what is normal for a camera, newest first."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        found = await list_descriptions(work, device.id, page)
        current = await description_in_force(work, device.id)
    items = [description_document(one, is_active=one is current) for one in found.descriptions]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.post("", status_code=201, response_model=DescriptionAnswer)
async def write(
    who: Member, database: TheDatabase, device_id: str, body: DescriptionBody
) -> JsonAnswer:
    """Write a new version. The first is in force at once, a later one with `activate`."""
    draft = Draft(**body.model_dump())
    async with database.work_for(who.organization_id) as work:
        description, in_force = await write_description(work, who, device_id, draft)
    return JsonAnswer(description_document(description, is_active=in_force), 201)


@router.get("/{version}", response_model=DescriptionAnswer)
async def read_version(
    who: Viewer, database: TheDatabase, device_id: str, version: Version
) -> JsonAnswer:
    """One version."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
        current = await description_in_force(work, device.id)
    return JsonAnswer(description_document(description, is_active=description is current))


@router.post("/{version}/activate", response_model=DescriptionAnswer)
async def activate_version(
    who: Member,
    database: TheDatabase,
    device_id: str,
    version: Version,
    body: ActivateVersionBody | None = None,
) -> JsonAnswer:
    """Put a version in force: captures judged from now on are judged by it."""
    body = body or ActivateVersionBody()
    async with database.work_for(who.organization_id) as work:
        description = await activate_description(
            work, who, device_id, version, override=body.override, reason=body.reason
        )
    return JsonAnswer(description_document(description, is_active=True))


@router.get("/{version}/download", response_class=MarkdownAnswer)
async def download_version(
    who: Viewer, database: TheDatabase, device_id: str, version: Version
) -> MarkdownAnswer:
    """One version's text, as a Markdown file."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
    name = f"{device.unit_id}-normal-{description.version}.md"
    return MarkdownAnswer(
        description.text,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def description_document(description: NormalDescription, *, is_active: bool) -> dict[str, Any]:
    """The NormalDescription of the contract."""
    return {
        "version": description.version,
        "name": description.name,
        "text": description.text,
        "created_at": description.created_at,
        "created_by": description.created_by,
        "is_active": is_active,
        "activated_at": description.activated_at,
        "activated_by": description.activated_by,
        "note": description.note,
        "files": [],
    }
