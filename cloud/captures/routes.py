"""The captures' addresses: listing, one capture, its pictures, the operator's word, deletion."""

from contextlib import nullcontext
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloud.accounts.access import Admin, Member, Viewer
from cloud.accounts.sessions import Person
from cloud.captures import schemas
from cloud.captures.deletion import delete_capture
from cloud.captures.documents import capture_document
from cloud.captures.judging import dispose, dispose_all, reevaluate, undo_disposition
from cloud.captures.models import DispositionVerdict, EvaluationStatus
from cloud.captures.pictures import (
    KNOWN_ALREADY,
    PictureAnswer,
    find_capture,
    find_viewed_capture,
    send_image,
    send_thumbnail,
)
from cloud.captures.queries import (
    CaptureFilters,
    device_of_unit,
    list_captures,
    parse_record_id,
)
from cloud.captures.upload import LONGEST_LABEL
from cloud.captures.waiting import TheWaiters, wait_for_verdict
from cloud.devices.access import CallingDevice, ViewerOrDevice
from cloud.kit.bodies import Moment
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheBells, TheDatabase
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/v1/captures", tags=["Captures"])

LONGEST_WAIT_SECONDS = 30


@router.get("", response_model=schemas.CaptureList)
async def get_captures(
    who: Viewer,
    database: TheDatabase,
    page: Paged,
    device_id: schemas.UnitFilter = None,
    state: Annotated[list[schemas.StateFilter] | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=200, description="Text in the reason.")] = None,
    evaluation_status: EvaluationStatus | None = None,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    trigger_label: Annotated[str | None, Query(max_length=LONGEST_LABEL)] = None,
    disposition: DispositionVerdict | None = None,
) -> JsonAnswer:
    """Captures of the organization, newest first; `from` is included, `to` is not."""
    async with database.work_for(who.organization_id) as work:
        filters = CaptureFilters(
            device_id=(await device_of_unit(work, device_id)).id if device_id else None,
            states=tuple(state or ()),
            evaluation_status=evaluation_status,
            text=q,
            from_=from_,
            to=to,
            trigger_label=trigger_label,
            disposition=disposition,
        )
        found = await list_captures(work, filters, page)
    captures = [capture_document(row) for row in found.rows]
    return JsonAnswer({"captures": captures, "next_cursor": found.next_cursor})


@router.put("/dispositions", response_model=schemas.DispositionsAnswer)
async def put_dispositions(
    who: Member, database: TheDatabase, body: schemas.DispositionsBody
) -> JsonAnswer:
    """Give one word on several captures at once; ids that are not found are passed over."""
    record_ids = [parse_record_id(record_id) for record_id in body.record_ids]
    async with database.work_for(who.organization_id) as work:
        updated = await dispose_all(work, who, record_ids, body.verdict)
    return JsonAnswer({"updated": updated})


@router.get("/{record_id}", response_model=schemas.CaptureDocument)
async def get_one(
    who: ViewerOrDevice, database: TheDatabase, bells: TheBells, record_id: str
) -> JsonAnswer:
    """One capture. A device sees only those that it made."""
    return await _status(who, database, bells, record_id, 0)


@router.get("/{record_id}/status", response_model=schemas.CaptureDocument)
async def get_status(
    who: ViewerOrDevice,
    database: TheDatabase,
    bells: TheBells,
    waiters: TheWaiters,
    record_id: str,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_SECONDS)] = 0,
) -> JsonAnswer:
    """One capture, answered as soon as it is judged or has failed, after `wait` seconds at most.

    429 where too many wait from one network, 503 where too many wait in all.
    """
    with waiters.taken(who.address) if wait else nullcontext():
        return await _status(who, database, bells, record_id, wait)


@router.get("/{record_id}/thumbnail", response_class=PictureAnswer, responses=KNOWN_ALREADY)
async def get_thumbnail(
    request: Request, who: Viewer, database: TheDatabase, store: TheStore, record_id: str
) -> Response:
    """The picture fit in 400×300, JPEG."""
    capture = await find_capture(database, who.organization_id, record_id)
    return await send_thumbnail(request, store, capture)


@router.get("/{record_id}/image", response_class=PictureAnswer, responses=KNOWN_ALREADY)
async def get_image(
    request: Request,
    who: Viewer,
    database: TheDatabase,
    store: TheStore,
    record_id: str,
    *,
    download: bool = False,
) -> Response:
    """The full picture, JPEG, upright and without metadata."""
    capture = await find_viewed_capture(database, who, record_id)
    return await send_image(request, store, capture, download=download)


@router.delete("/{record_id}", status_code=204)
async def delete_one(who: Admin, database: TheDatabase, record_id: str) -> None:
    """Delete a capture: hidden at once, its files gone soon after."""
    async with database.work_for(who.organization_id) as work:
        await delete_capture(work, who, parse_record_id(record_id))


@router.post("/{record_id}/reevaluate", status_code=202, response_model=schemas.CaptureDocument)
async def post_reevaluate(who: Member, database: TheDatabase, record_id: str) -> JsonAnswer:
    """Judge a capture once more, with what is in force now. 409 while it is being judged."""
    async with database.work_for(who.organization_id) as work:
        capture = await reevaluate(work, who, parse_record_id(record_id))
    return JsonAnswer(capture_document(capture), 202)


@router.put("/{record_id}/disposition", response_model=schemas.CaptureDocument)
async def put_disposition(
    who: Member, database: TheDatabase, record_id: str, body: schemas.DispositionBody
) -> JsonAnswer:
    """Write down the operator's word on the verdict; a later word replaces it."""
    async with database.work_for(who.organization_id) as work:
        capture = await dispose(work, who, parse_record_id(record_id), body.verdict, body.note)
    return JsonAnswer(capture_document(capture))


@router.delete("/{record_id}/disposition", response_model=schemas.CaptureDocument)
async def delete_disposition(who: Member, database: TheDatabase, record_id: str) -> JsonAnswer:
    """Take the operator's word back."""
    async with database.work_for(who.organization_id) as work:
        capture = await undo_disposition(work, who, parse_record_id(record_id))
    return JsonAnswer(capture_document(capture))


async def _status(
    who: Person | CallingDevice,
    database: TheDatabase,
    bells: TheBells,
    record_id: str,
    wait: float,
) -> JsonAnswer:
    made_by = who.device_id if isinstance(who, CallingDevice) else None
    capture = await wait_for_verdict(
        database,
        bells,
        who.organization_id,
        parse_record_id(record_id),
        seconds=wait,
        made_by=made_by,
    )
    return JsonAnswer(capture_document(capture))
