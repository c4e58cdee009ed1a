"""The addresses of a camera's descriptions: written, uploaded, read, compared, downloaded.

Putting a version in force asks what a replay of it has found; its address is with the replays.
"""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Response

from cloud.accounts.access import Member, Viewer
from cloud.descriptions.comparing import compare
from cloud.descriptions.documents import coached_document, description_document
from cloud.descriptions.files import combine, pick_file, read_uploads
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import (
    description_in_force,
    description_not_found,
    get_compared,
    get_description,
    list_descriptions,
)
from cloud.descriptions.schemas import (
    MOST_FILES,
    CoachedAnswer,
    ComparisonAnswer,
    DescriptionBody,
    DescriptionList,
    UploadBody,
)
from cloud.descriptions.writing import (
    Draft,
    draft_of,
    write_description,
)
from cloud.devices.queries import get_device
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.processor import compute
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1/devices/{device_id}/descriptions", tags=["Descriptions"])

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


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


@router.post("", status_code=201, response_model=CoachedAnswer)
async def write(
    who: Member, database: TheDatabase, device_id: str, body: DescriptionBody
) -> JsonAnswer:
    """Write a new version. The first is in force at once, a later one with `activate`."""
    async with database.work_for(who.organization_id) as work:
        draft = await draft_of(work, body)
        description, in_force = await write_description(work, who, device_id, draft)
    return JsonAnswer(await compute(_coached, description, in_force), 201)


@router.post("/upload", status_code=201, response_model=CoachedAnswer)
async def upload(
    who: Member,
    database: TheDatabase,
    device_id: str,
    form: Annotated[UploadBody, Form(media_type="multipart/form-data")],
) -> JsonAnswer:
    """Write a new version as files, Markdown or plain text, put together in their order.

    413 longer than a description may be, 415 another kind of file, 422 not UTF-8 or empty.
    """
    async with database.work_for(who.organization_id) as work:
        await get_device(work, device_id)
    files = await read_uploads(form.files)
    draft = Draft(combine(files), files, form.name, form.note, form.activate)
    async with database.work_for(who.organization_id) as work:
        description, in_force = await write_description(work, who, device_id, draft)
    return JsonAnswer(await compute(_coached, description, in_force), 201)


@router.get("/{version}", response_model=CoachedAnswer)
async def read_version(
    who: Viewer, database: TheDatabase, device_id: str, version: VersionNumber
) -> JsonAnswer:
    """One version, with the coach's advice on it."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
        current = await description_in_force(work, device.id)
    return JsonAnswer(await compute(_coached, description, description is current))


@router.get("/{version}/diff", response_model=ComparisonAnswer)
async def compare_versions(
    who: Viewer,
    database: TheDatabase,
    device_id: str,
    version: VersionNumber,
    against: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> JsonAnswer:
    """What a version changes, sentence by sentence.

    Compared with the version `against`; left out, with the one in force, or for that one with the
    one before it.
    """
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
        other = await get_compared(work, device.id, description, against)
    pieces = await compute(compare, other.text, description.text)
    return JsonAnswer(
        {
            "version": version,
            "against": other.version,
            "pieces": [asdict(piece) for piece in pieces],
        }
    )


@router.get("/{version}/download", response_class=MarkdownAnswer)
async def download_version(
    who: Viewer,
    database: TheDatabase,
    device_id: str,
    version: VersionNumber,
    file: Annotated[
        int | None, Query(ge=1, le=MOST_FILES, description="Only the file at this place.")
    ] = None,
) -> MarkdownAnswer:
    """One version's text as a Markdown file, or one of the files that it was put together from."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
    if file is None:
        name, text = f"{device.unit_id}-normal-{description.version}.md", description.text
    else:
        found = pick_file(description.files, file)
        if found is None:
            raise description_not_found()
        name, text = f"{device.unit_id}-normal-{description.version}-{file}.md", found.text
    return MarkdownAnswer(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _coached(description: NormalDescription, is_active: bool) -> dict[str, Any]:  # noqa: FBT001
    return coached_document(description, is_active=is_active)
