"""What strangers with a link may call: its gallery and the pictures in it, nothing else."""

from fastapi import APIRouter, Response

from cloud.captures.pictures import PictureAnswer
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.sharing import schemas
from cloud.sharing.gallery import (
    read_gallery,
    send_newest_thumbnail,
    send_shared_image,
    send_shared_thumbnail,
)
from cloud.sharing.guests import BY_LINK, TheGuest, keep_visit
from cloud.sharing.visits import entering
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/api/s/{token}", tags=["Shares"], dependencies=BY_LINK)


@router.get("", response_model=schemas.Gallery)
async def get_gallery(
    guest: TheGuest, database: TheDatabase, settings: TheSettings, page: Paged
) -> JsonAnswer:
    """What the link shows, newest first. The first time it counts as a view.

    401 where the link asks for its passcode, 410 once it has ended or was viewed often enough. The
    cookie in the answer is the visit's: with it nothing more is counted, and where the number of
    views is limited pictures ask for it.
    """
    async with entering(database, guest) as entry:
        gallery = await read_gallery(guest.token, entry, page)
    answer = JsonAnswer(
        {
            "label": entry.share.link.label,
            "device_name": entry.share.device_name,
            "captures": gallery.captures,
            "expires_at": entry.share.link.expires_at,
            "next_cursor": gallery.next_cursor,
        }
    )
    keep_visit(answer, guest, entry.visit, settings)
    return answer


@router.get("/images/{shared_id}", response_class=PictureAnswer)
async def get_shared_image(
    guest: TheGuest, database: TheDatabase, store: TheStore, shared_id: str
) -> Response:
    """The full picture, JPEG, without metadata. The link is looked at anew for each."""
    return await send_shared_image(database, store, guest, shared_id)


@router.get("/thumbnails/newest", response_class=PictureAnswer)
async def get_newest_thumbnail(guest: TheGuest, database: TheDatabase, store: TheStore) -> Response:
    """The newest picture fit in 400×300, JPEG: for previews, as it needs no id of a picture."""
    return await send_newest_thumbnail(database, store, guest)


@router.get("/thumbnails/{shared_id}", response_class=PictureAnswer)
async def get_shared_thumbnail(
    guest: TheGuest, database: TheDatabase, store: TheStore, shared_id: str
) -> Response:
    """The picture fit in 400×300, JPEG."""
    return await send_shared_thumbnail(database, store, guest, shared_id)
