"""Taking a picture in: the promise that a 201 makes.

The order is the promise. The picture and its thumbnail are durable in the store before anything
else; then one transaction writes the capture, its pending evaluation, the event and the usage; and
only after its commit does the device hear 201. The picture is masked as the configuration says that
is in force at that commit, whatever the camera has heard of. What is known to have failed leaves no
files. Where the database did not say whether it committed, they stay, as they may be a capture's;
files that turn out to be nobody's are swept away later (`cloud.captures.sweeping`).

A repeat is what the unique indexes refuse. It is not looked for before: hardly any upload is one,
and every one would wait for the answer.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from cloud.captures.documents import CAPTURE_COLUMNS, capture_document, first_answer
from cloud.captures.images import ImageLimits, PreparedImage, prepare
from cloud.captures.masking import Masks, masks_for
from cloud.captures.models import Capture, EvaluationStatus
from cloud.captures.upload import Upload, in_our_time, when_taken
from cloud.captures.usage import counting
from cloud.devices.access import CallingDevice, device_key_invalid
from cloud.devices.commands import link_capture
from cloud.devices.config import read_masks
from cloud.devices.models import Device
from cloud.events.append import EventKind, appending
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database, OrganizationWork, constraint_of
from cloud.kit.errors import Conflict, Problem, Unauthenticated, Unavailable
from cloud.kit.ids import new_id
from cloud.kit.processor import compute
from cloud.kit.queue import Queue
from cloud.storage.keys import image_key, thumbnail_key
from cloud.storage.store import Store
from cloud.triggers.noting import note_input
from device.wire import mask_version

EVALUATIONS = Queue("evaluations")
"""Captures to be judged. The evaluator, above this room, claims them."""

CAPTURES = Capture.metadata.tables[Capture.__tablename__]
DEVICES = Device.metadata.tables[Device.__tablename__]

LONGEST_WAY_IN = timedelta(minutes=5)
"""From an upload's arrival to its transaction. Files without a row that are older are nobody's."""

DEDUPE_INDEXES = frozenset({"uq_captures_sequence", "uq_captures_idempotency_key"})


MOST_MASKINGS = 3
"""An upload during whose way in the masks change is masked anew, so many times in all."""


class _MasksChanged(Exception):
    """The masks that were painted are not those in force any more."""


@dataclass(frozen=True)
class _Arrival:
    """The new capture's id, and when its upload came and was durable."""

    record_id: UUID
    received_at: datetime
    stored_at: datetime


@dataclass(frozen=True)
class Ingested:
    """What became of an upload: the Capture, and whether it is new."""

    document: dict[str, Any]
    created: bool


async def ingest(
    database: Database, store: Store, limits: ImageLimits, device: CallingDevice, upload: Upload
) -> Ingested:
    """Take one upload in.

    Raises the problems of `prepare`, Conflict `idempotency_conflict` for a known key with other
    bytes, Unauthenticated for a device released meanwhile, and the store's and the database's own.
    """
    for _ in range(MOST_MASKINGS):
        masks = await _masks_in_force(database, device, upload)
        with suppress(_MasksChanged):
            return await _ingest_masked(database, store, limits, device, upload, masks)
    raise Unavailable("masks_changing", "The privacy masks are being changed.", retry_after=1)


async def _masks_in_force(database: Database, device: CallingDevice, upload: Upload) -> Masks:
    values = {"organization_id": device.organization_id, "row_id": device.device_id}
    (found,) = await database.ask_for(device.organization_id, (READ_CONFIG, values))
    return masks_for(read_masks(found[0].config if found else {}), upload.metadata)


async def _ingest_masked(
    database: Database,
    store: Store,
    limits: ImageLimits,
    device: CallingDevice,
    upload: Upload,
    masks: Masks,
) -> Ingested:
    """Raises _MasksChanged, leaving nothing, when these are not the masks at the commit."""
    picture = await compute(prepare, upload.image, limits, masks)
    record_id, received_at = new_id(), utc_now()
    upload = in_our_time(upload, received_at)
    files = _files(device.organization_id, received_at, record_id, picture)
    try:
        await _put(store, files)
    except Problem:
        known = await _find_known(database, device, upload, picture.sha256)
        if known is None:
            raise
        return known
    arrival = _Arrival(record_id, received_at, stored_at=utc_now())
    try:
        async with database.work_for(device.organization_id) as work:
            document = await _record(work, device, upload, picture, masks, arrival)
    except (Unauthenticated, _MasksChanged):
        await _remove(store, files)
        raise
    except IntegrityError as error:
        await _remove(store, files)
        if constraint_of(error) not in DEDUPE_INDEXES:
            raise
        known = await _find_known(database, device, upload, picture.sha256)
        if known is None:
            raise
        return known
    return Ingested(document, created=True)


def _files(
    organization_id: UUID, received_at: datetime, record_id: UUID, picture: PreparedImage
) -> dict[str, bytes]:
    return {
        image_key(organization_id, received_at, record_id): picture.jpeg,
        thumbnail_key(organization_id, received_at, record_id): picture.thumbnail,
    }


async def _put(store: Store, files: dict[str, bytes]) -> None:
    """Store all of them, or none."""
    putting = asyncio.gather(
        *(store.put(key, data) for key, data in files.items()), return_exceptions=True
    )
    try:
        failures = [each for each in await asyncio.shield(putting) if each is not None]
        if failures:
            raise failures[0]
    except (Problem, asyncio.CancelledError):
        await putting  # what is still being written would come back after its removal
        await asyncio.shield(_remove(store, files))
        raise


async def _find_known(
    database: Database, device: CallingDevice, upload: Upload, sha256: str
) -> Ingested | None:
    """The capture that this upload already is, by its key or its place in the spool."""
    same = []
    if upload.idempotency_key is not None:
        same.append(Capture.idempotency_key == upload.idempotency_key)
    if upload.spool_id is not None and upload.sequence is not None:
        same.append((Capture.spool_id == upload.spool_id) & (Capture.sequence == upload.sequence))
    if not same:
        return None
    async with database.work_for(device.organization_id) as work:
        row = (
            await work.execute(
                select(*CAPTURE_COLUMNS)
                .where(
                    Capture.organization_id == device.organization_id,
                    Capture.device_id == device.device_id,
                    or_(*same),
                )
                .limit(1)
            )
        ).one_or_none()
    if row is None:
        return None
    if row.sha256 != sha256:
        raise Conflict(
            "idempotency_conflict", "This key or sequence number was used for another picture."
        )
    return Ingested(first_answer(row), created=False)


async def _record(
    work: OrganizationWork,
    device: CallingDevice,
    upload: Upload,
    picture: PreparedImage,
    masks: Masks,
    arrival: _Arrival,
) -> dict[str, Any]:
    """Write the capture, its pending evaluation, the usage and the event in this transaction."""
    if utc_now() - arrival.received_at > LONGEST_WAY_IN:  # its files may have been swept away
        raise Unavailable("upload_too_slow", "This took too long. Try again.", retry_after=1)
    fields = _fields(device, upload, picture, masks, arrival)
    document = capture_document(Capture(**fields, capture_metadata=upload.metadata))
    told = appending(work, EventKind.CAPTURE_RECEIVED, document, device_id=device.unit_id)
    is_asked_for = upload.trigger_id is not None or upload.is_by_input
    _, _, _, noted, *_ = await work.together(
        (INSERT, _row(fields, upload.metadata)),
        EVALUATIONS.putting(arrival.record_id, device.organization_id),
        counting(work, device.device_id, captures=1),
        (NOTE_ARRIVAL, _noted(device, arrival)),
        *(() if is_asked_for else (told,)),
    )
    if not noted:
        raise device_key_invalid()
    if read_masks(noted[0].config) != masks.polygons:
        raise _MasksChanged
    if is_asked_for:
        await link_capture(work, device.device_id, upload.trigger_id, arrival.record_id)
        if upload.is_by_input:
            asked_at = when_taken(upload.captured_at, arrival.received_at)
            await note_input(work, device, arrival.record_id, asked_at)
        await work.execute(*told)
    return document


def _fields(
    device: CallingDevice,
    upload: Upload,
    picture: PreparedImage,
    masks: Masks,
    arrival: _Arrival,
) -> dict[str, Any]:
    """What is known of a new capture, but for its metadata, which the table calls otherwise."""
    received_at = arrival.received_at
    return {
        "id": arrival.record_id,
        "organization_id": device.organization_id,
        "device_id": device.device_id,
        "unit_id": device.unit_id,
        "captured_at": upload.captured_at or received_at,
        "received_at": received_at,
        "clock_suspect": upload.clock_suspect,
        "spool_id": upload.spool_id,
        "sequence": upload.sequence,
        "idempotency_key": upload.idempotency_key,
        "trigger_id": upload.trigger_id,
        "trigger_label": upload.trigger_label,
        "timing": {
            **upload.timing,
            "received": rfc3339(received_at),
            "stored": rfc3339(arrival.stored_at),
        },
        "sha256": picture.sha256,
        "bytes": picture.bytes_received,
        "etag": picture.etag_sha256,
        "width": picture.width,
        "height": picture.height,
        "phash": picture.phash,
        "image_stored": True,
        "privacy": _privacy(picture, masks),
        "evaluation_status": EvaluationStatus.PENDING,
        "agents": [],
    }


def _row(fields: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """What is written of a new capture: its JSON as the driver wants it."""
    row = {**fields, "metadata": metadata}
    return row | {name: Jsonb(row[name]) for name in JSON if row[name] is not None}


def _noted(device: CallingDevice, arrival: _Arrival) -> dict[str, Any]:
    return {
        "of_organization": device.organization_id,
        "row_id": device.device_id,
        "at": arrival.received_at,
        "address": device.address,
    }


def _privacy(picture: PreparedImage, masks: Masks) -> dict[str, Any] | None:
    if picture.masked_by is None:
        return None
    return {
        "masked_by": picture.masked_by,
        "masks": len(masks.polygons),
        "version": mask_version(masks.polygons),
    }


async def _remove(store: Store, files: dict[str, bytes]) -> None:
    for key in files:
        with suppress(Problem):
            await store.delete(key)


INSERT = insert(CAPTURES)
JSON = ("metadata", "timing", "privacy", "agents")

READ_CONFIG = select(DEVICES.c.config).where(
    DEVICES.c.organization_id == bindparam("organization_id"), DEVICES.c.id == bindparam("row_id")
)

NOTE_ARRIVAL = (
    update(DEVICES)
    .where(
        DEVICES.c.organization_id == bindparam("of_organization"),
        DEVICES.c.id == bindparam("row_id"),
        DEVICES.c.released_at.is_(None),
    )
    .values(
        last_seen_at=bindparam("at"),
        last_ip=bindparam("address"),
        last_captured_at=bindparam("at"),
    )
    .returning(DEVICES.c.config)
)
