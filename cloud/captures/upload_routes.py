"""The address that cameras upload to."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Request

from cloud.captures.images import ImageLimits
from cloud.captures.ingest import ingest
from cloud.captures.schemas import CaptureDocument, Token, UploadForm
from cloud.captures.upload import (
    Upload,
    key_without_spool,
    parse_json_object,
    parse_timing,
    read_clock,
)
from cloud.devices.access import KeyFirst, TheDevice
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import Limit, hold_to
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.storage.resources import TheStore
from device.wire import CAPTURES_PATH, CREATED, MAX_METADATA_BYTES, REPEATED

router = APIRouter(tags=["Captures"], route_class=KeyFirst)

UPLOADS = Limit("uploads", burst=1200, seconds=60)
"""Of one device: the backlog of a day comes in at twenty a second."""

FORM_OVERHEAD_BYTES = 256 * 1024
"""What a form may weigh beside its picture."""


@router.post(
    CAPTURES_PATH,
    status_code=CREATED,
    response_model=CaptureDocument,
    responses={REPEATED: {"model": CaptureDocument, "description": "Known already."}},
)
async def upload_capture(
    device: TheDevice,
    request: Request,
    database: TheDatabase,
    store: TheStore,
    settings: TheSettings,
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
    idempotency_key: Annotated[Token | None, Header()] = None,
) -> JsonAnswer:
    """Take a picture in.

    201 is a promise: picture, row and pending evaluation are durable before it is sent. A repeat
    (same `Idempotency-Key`, or same spool and sequence) answers the first answer with 200. Errors:
    409 the same key with other bytes, 413 too large, 415 not an image, 422 not decodable, 429 too
    many, 503/507 the store cannot take it now.
    """
    await hold_to(request, database, UPLOADS, str(device.device_id))
    captured_at = read_clock(form.captured_at)
    limits = ImageLimits(settings.max_upload_bytes, settings.max_image_pixels)
    if idempotency_key is None and form.spool_id is None:
        idempotency_key = key_without_spool(form.sequence, captured_at)
    upload = Upload(
        image=await form.image.read(),
        captured_at=captured_at,
        sequence=form.sequence,
        spool_id=form.spool_id,
        idempotency_key=idempotency_key,
        trigger_id=form.trigger_id,
        trigger_label=form.trigger_label or None,
        metadata=parse_json_object("metadata", form.metadata, most_bytes=MAX_METADATA_BYTES),
        timing=parse_timing(form.timing),
    )
    ingested = await ingest(database, store, limits, device, upload)
    return JsonAnswer(ingested.document, CREATED if ingested.created else REPEATED)
