"""What a link shows: its captures, one of them, and their pictures. Never anything beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from cloud.captures.pictures import PICTURE_HEADERS, PictureAnswer
from cloud.captures.queries import CaptureFilters, list_captures, neighbours
from cloud.kit.database import Database
from cloud.kit.errors import Gone, NotFound
from cloud.kit.paging import Cursor, PageRequest
from cloud.sharing.guests import Guest
from cloud.sharing.picture_ids import disguise, reveal
from cloud.sharing.visits import Entry, looking
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store

NEVER_KEPT = {**PICTURE_HEADERS, "Cache-Control": "private, no-store"}
"""A picture under a link is good only as long as the link: nobody may keep it, nor ask whether it
has changed."""


@dataclass(frozen=True)
class GalleryPage:
    """Captures as guests see them, newest first."""

    captures: Sequence[dict[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True)
class Around:
    """One capture, and the ids of those just before and just after it in the gallery."""

    capture: dict[str, Any]
    older: str | None
    newer: str | None


async def read_gallery(token: str, entry: Entry, page: PageRequest) -> GalleryPage:
    """A page of what the link shows. Raises Malformed for what is no cursor."""
    found = await list_captures(entry.work, entry.share.filters, _revealed(token, page))
    captures = [shared_capture(token, row) for row in found.rows]
    return GalleryPage(captures, _disguised(token, found.next_cursor))


async def read_around(token: str, entry: Entry, picture_id: str) -> Around:
    """One capture of the gallery. Raises NotFound."""
    row = await _find(token, entry, picture_id)
    older, newer = await neighbours(entry.work, entry.share.filters, row)
    return Around(shared_capture(token, row), _told(token, older), _told(token, newer))


async def send_shared_image(
    database: Database, store: Store, guest: Guest, picture_id: str
) -> PictureAnswer:
    """The full picture. Raises as `looking` does, and Gone where only the thumbnail is kept."""
    async with looking(database, guest) as entry:
        row = await _find(guest.token, entry, picture_id)
        if not row.image_stored:
            raise Gone("image_not_kept", "Only the thumbnail of this capture is kept.")
        key = image_key(entry.work.organization_id, row.received_at, row.id)
    return PictureAnswer(await store.get(key), headers=NEVER_KEPT)


async def send_shared_thumbnail(
    database: Database, store: Store, guest: Guest, picture_id: str
) -> PictureAnswer:
    """The picture fit in 400×300. Raises as `looking` does."""
    async with looking(database, guest) as entry:
        row = await _find(guest.token, entry, picture_id)
        key = thumbnail_key(entry.work.organization_id, row.received_at, row.id)
    return PictureAnswer(await store.get(key), headers=NEVER_KEPT)


async def send_newest_thumbnail(database: Database, store: Store, guest: Guest) -> PictureAnswer:
    """The newest picture fit in 400×300. Raises as `looking` does."""
    async with looking(database, guest) as entry:
        row = await _newest(entry, entry.share.filters)
        key = thumbnail_key(entry.work.organization_id, row.received_at, row.id)
    return PictureAnswer(await store.get(key), headers=NEVER_KEPT)


def shared_capture(token: str, row: Any) -> dict[str, Any]:
    """What a guest learns of a capture: when, which state, why."""
    picture_id = disguise(token, row.id)
    address = f"/api/s/{token}"
    return {
        "id": picture_id,
        "captured_at": row.captured_at,
        "state": row.state,
        "reason": row.reason,
        "evaluation_status": row.evaluation_status,
        "width": row.width,
        "height": row.height,
        "thumbnail_url": f"{address}/thumbnails/{picture_id}",
        "image_url": f"{address}/images/{picture_id}" if row.image_stored else None,
    }


async def _find(token: str, entry: Entry, picture_id: str) -> Any:
    return await _newest(entry, _only(entry.share.filters, reveal(token, picture_id)))


async def _newest(entry: Entry, filters: CaptureFilters | None) -> Any:
    rows = (await list_captures(entry.work, filters, PageRequest(1))).rows if filters else ()
    if not rows:
        raise NotFound("picture_not_found", "This link shows no such picture.")
    return rows[0]


def _only(filters: CaptureFilters, record_id: UUID | None) -> CaptureFilters | None:
    """The filters narrowed down to one capture; None where they leave it out by its id alone."""
    if record_id is None or filters.record_id not in {None, record_id}:
        return None
    return replace(filters, record_id=record_id)


def _revealed(token: str, page: PageRequest) -> PageRequest:
    if page.cursor is None:
        return page
    return replace(page, cursor=Cursor(page.cursor.at, str(reveal(token, page.cursor.id))))


def _disguised(token: str, next_cursor: str | None) -> str | None:
    if next_cursor is None:
        return None
    cursor = Cursor.decode(next_cursor)
    return Cursor(cursor.at, disguise(token, cursor.uuid)).encode()


def _told(token: str, record_id: UUID | None) -> str | None:
    return disguise(token, record_id) if record_id else None
