"""Sending pictures: privately cached for good, as what a capture's address shows never changes."""

from datetime import UTC
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from cloud.accounts.audit import note, note_once
from cloud.accounts.sessions import Person
from cloud.captures.models import Capture
from cloud.captures.queries import get_capture, parse_record_id
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import Gone
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store

PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


class PictureAnswer(Response):
    """A JPEG."""

    media_type = "image/jpeg"


KNOWN_ALREADY: dict[int | str, dict[str, str]] = {
    304: {"description": "`If-None-Match` names what is there: nothing is sent."}
}
"""What else a picture's address may answer."""


async def find_capture(database: Database, organization_id: UUID, record_id: str) -> Capture:
    """The capture whose picture is wanted; no connection is held while the picture is sent."""
    async with database.work_for(organization_id) as work:
        return await get_capture(work, parse_record_id(record_id))


async def find_viewed_capture(database: Database, who: Person, record_id: str) -> Capture:
    """The same for a full picture; who views it is noted."""
    async with database.work_for(who.organization_id) as work:
        capture = await get_capture(work, parse_record_id(record_id))
        note_viewing(work, who, capture)
        return capture


async def find_glanced_capture(database: Database, who: Person, record_id: str) -> Capture:
    """The same for one that a page shows by itself: noted once for a camera's pictures of a day.

    A page that is left open shows each new one. An entry of each would bury what people did.
    """
    async with database.work_for(who.organization_id) as work:
        capture = await get_capture(work, parse_record_id(record_id))
        day = capture.received_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        what = {"day": day.date().isoformat()}
        await note_once(work, who, "device.viewed", capture.unit_id, since=day, **what)
        return capture


def note_viewing(work: OrganizationWork, who: Person, capture: Capture) -> None:
    """Have the audit say who sees a full picture."""
    note(work, who, "capture.viewed", str(capture.id), device_id=capture.unit_id)


async def send_image(
    request: Request, store: Store, capture: Capture, *, download: bool
) -> Response:
    """The full picture as it is stored. Raises Gone where it is not kept."""
    if not capture.image_stored:
        raise Gone("image_not_kept", "Only the thumbnail of this capture is kept.")
    key = image_key(capture.organization_id, capture.received_at, capture.id)
    response = await _send(request, store, key, f'"{capture.etag}"')
    if download:
        name = f"{capture.unit_id}_{capture.captured_at:%Y%m%d_%H%M%S}.jpg"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def send_thumbnail(request: Request, store: Store, capture: Capture) -> Response:
    """The picture fit in 400×300."""
    key = thumbnail_key(capture.organization_id, capture.received_at, capture.id)
    return await _send(request, store, key, f'"{capture.etag}-t"')


async def _send(request: Request, store: Store, key: str, etag: str) -> Response:
    headers = {**PICTURE_HEADERS, "ETag": etag}
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return PictureAnswer(await store.get(key), headers=headers)


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
