"""Uploads over HTTP: what is answered, what is refused, and that a refusal leaves nothing."""

import asyncio
import errno
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import URL, select

from cloud.app import make_app
from cloud.captures import ingest
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture
from cloud.devices.models import Device
from cloud.events.queries import last_seq
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.queue import QueuedWork
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from cloud.storage.keys import image_key, thumbnail_key
from device.wire import INPUT_LABEL
from tests.captures.pictures import draw, encode, png_header
from tests.captures.uploading import AT, PICTURE, Site, open_site
from tests.conftest import serving
from tests.storage.failing_operations import FailingOperations


def code_of(answer: httpx2.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["code"]
    return code


async def nothing_is_left(site: Site) -> bool:
    """No row, no queued evaluation, no event."""
    async with site.database.work_for(site.owner.organization_id) as work:
        queued = await work.scalar(
            select(QueuedWork.id).where(
                QueuedWork.queue == EVALUATIONS.name,
                QueuedWork.organization_id == site.owner.organization_id,
            )
        )
        news = await last_seq(work)
    return await site.count() == 0 and queued is None and news == 0


async def test_an_upload_is_answered_with_the_capture(site: Site) -> None:
    answer = await site.upload(
        form={
            "sequence": "7",
            "spool_id": "card-1",
            "trigger_id": "t-1",
            "trigger_label": "  by\thand ",
            "metadata": '{"lens": {"name": "wide"}}',
            "timing": json.dumps({"captured": AT}),
        }
    )
    assert answer.status_code == 201
    document = answer.json()
    expected = {
        "device_id": site.device.unit_id,
        "evaluation_status": "pending",
        "state": None,
        "score": None,
        "reason": None,
        "sequence": 7,
        "trigger_id": "t-1",
        "trigger_label": "by hand",
        "metadata": {"lens": {"name": "wide"}},
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "bytes": len(PICTURE),
        "width": 160,
        "height": 120,
        "clock_suspect": False,
        "image_stored": True,
    }
    assert {name: document[name] for name in expected} == expected
    assert datetime.fromisoformat(document["captured_at"]) == datetime.fromisoformat(AT)
    assert document["timing"].keys() == {"captured", "received", "stored"}
    assert (await site.client.get(f"/v1/captures/{document['record_id']}")).json() == document


async def test_an_accepted_upload_is_stored_queued_told_and_counted(
    site: Site, app: FastAPI
) -> None:
    document = await site.take()
    async with site.database.work_for(site.owner.organization_id) as work:
        capture = (await work.session.scalars(select(Capture))).one()
        queued = await work.session.get(QueuedWork, (EVALUATIONS.name, capture.id))
        device = await work.session.get_one(Device, site.device.device_id)
        assert await last_seq(work) == 1
    assert str(capture.id) == document["record_id"]
    assert queued is not None
    assert device.last_captured_at == capture.received_at
    for make_key in (image_key, thumbnail_key):
        key = make_key(capture.organization_id, capture.received_at, capture.id)
        assert await app.state.store.exists(key)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"captured_at": ""}, "captured_at"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"captured_at": "2026-11-22T07:30:00"}, "captured_at"),
        ({"sequence": "-1"}, "sequence"),
        ({"sequence": "1.5"}, "sequence"),
        ({"sequence": str(2**70)}, "sequence"),
        ({"spool_id": "x" * 201}, "spool_id"),
        ({"spool_id": "a\nb"}, "spool_id"),
        ({"trigger_id": "ä"}, "trigger_id"),
        ({"trigger_label": "x" * 101}, "trigger_label"),
        ({"trigger_label": "a\0b"}, "trigger_label"),
        ({"metadata": "not json"}, "metadata"),
        ({"metadata": "[1]"}, "metadata"),
        ({"metadata": json.dumps({"long": "x" * 8192})}, "metadata"),
        ({"metadata": '{"nul": "\\u0000"}'}, "metadata"),
        ({"metadata": '{"a\\u0000b": 1}'}, "metadata"),
        ({"metadata": '{"half": "\\ud800"}'}, "metadata"),
        ({"metadata": '{"a":' * 300 + "1" + "}" * 300}, "metadata"),
        ({"metadata": '{"a":' * 1200 + "1" + "}" * 1200}, "metadata"),
        ({"timing": '{"captured": "noon"}'}, "timing"),
        ({"timing": '{"captured": 5}'}, "timing"),
        ({"timing": '{"captured": "2026-11-22T07:30:00"}'}, "timing"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_malformed_field_is_named(site: Site, form: dict[str, str], field: str) -> None:
    answer = await site.upload(form=form)
    assert answer.status_code == 422
    assert code_of(answer) == "request_malformed"
    assert field in [each["field"] for each in answer.json()["errors"]]
    assert await nothing_is_left(site)


async def test_text_that_only_looks_like_a_nul_is_kept(site: Site) -> None:
    document = await site.take(metadata=r'{"path": "C:\\u0000"}')
    assert document["metadata"] == {"path": "C:\\u0000"}


@pytest.mark.parametrize("key", ["", "x" * 201, "ä".encode().decode("latin-1")])
async def test_a_malformed_key_is_named(site: Site, key: str) -> None:
    answer = await site.uplink.post(
        "/v1/captures",
        data={"captured_at": AT},
        files={"image": ("a.jpg", PICTURE)},
        headers={b"Idempotency-Key": key.encode("latin-1")},
    )
    assert (answer.status_code, code_of(answer)) == (422, "request_malformed")
    assert await nothing_is_left(site)


async def test_the_form_of_somebody_without_a_key_is_not_looked_at(site: Site) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    wrong_key = {**headers, "Authorization": f"{site.device.headers['Authorization']}x"}
    for given in (headers, wrong_key):
        answer = await site.uplink.post(
            "/v1/captures",
            content=b"--x\r\nContent-Disposition: form-data\r\n\r\n" + bytes(3_000_000),
            headers={"Authorization": "", **given},
        )
        assert answer.status_code == 401


async def test_a_form_without_a_picture_names_it(site: Site) -> None:
    texts = await site.uplink.post("/v1/captures", data={"captured_at": AT, "image": "a text"})
    document = await site.uplink.post("/v1/captures", json={"captured_at": AT})
    broken = await site.uplink.post(
        "/v1/captures",
        content=b"--x\r\nbroken",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert [each.status_code for each in (texts, document, broken)] == [422, 422, 422]
    assert {code_of(each) for each in (texts, document, broken)} == {"request_malformed"}
    assert await nothing_is_left(site)


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"GIF89a" + b"\0" * 100, 415, "image_type_unsupported"),
        (b"<svg onload='alert(1)'/>", 415, "image_type_unsupported"),
        (PICTURE[: len(PICTURE) // 2], 422, "image_undecodable"),
        (encode(draw(8, 8)), 422, "image_too_small"),
        (png_header(9000, 9000), 413, "image_too_many_pixels"),
        (png_header(20_000, 20), 413, "image_too_many_pixels"),
    ],
    ids=["empty", "gif", "svg", "cut", "small", "pixels", "side"],
)
async def test_what_is_no_good_picture_is_refused_and_leaves_nothing(
    site: Site, image: bytes, status: int, code: str
) -> None:
    answer = await site.upload(image)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert await nothing_is_left(site)


@pytest.mark.parametrize(
    ("ahead", "suspect"),
    [
        (timedelta(hours=25), True),
        (timedelta(hours=23), False),
        (timedelta(days=-30), False),
        (timedelta(days=-365 * 30), True),
    ],
)
async def test_a_clock_that_cannot_be_right_is_marked_and_believed_no_further(
    site: Site, ahead: timedelta, *, suspect: bool
) -> None:
    document = await site.take(captured_at=rfc3339(utc_now() + ahead))
    assert document["clock_suspect"] is suspect


@pytest.mark.parametrize(
    "said",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
async def test_a_picture_from_outside_of_our_calendar_is_dated_by_its_arrival(
    site: Site, said: str
) -> None:
    document = await site.take(captured_at=said, sequence="1")
    assert document["captured_at"] == document["received_at"]
    assert document["clock_suspect"] is True


@pytest.mark.parametrize("clock", [timedelta(hours=-40), timedelta(days=-365 * 56)])
async def test_a_picture_dated_by_a_clock_set_since_then_is_as_old_as_the_camera_counted(
    site: Site, clock: timedelta
) -> None:
    now, age = utc_now(), timedelta(minutes=10)
    timing = {"sent": rfc3339(now), "counted_back": rfc3339(now - age)}
    document = await site.take(
        captured_at=rfc3339(now - age + clock), timing=json.dumps(timing), trigger_label=INPUT_LABEL
    )
    off = datetime.fromisoformat(document["captured_at"]) - (now - age)
    assert timedelta() <= off < timedelta(minutes=1)
    assert document["clock_suspect"]
    path = f"/v1/devices/{site.device.unit_id}/triggers"
    (asked,) = (await site.client.get(path)).json()["triggers"]
    assert asked["requested_at"] == document["captured_at"]


@pytest.mark.parametrize(
    "timing",
    [
        {"sent": 0, "counted_back": -11},
        {"sent": 0, "counted_back": 300},
        {"sent": 0, "counted_back": -60 * 24 * 3000},
        {"sent": 0},
        {"counted_back": -600},
    ],
)
async def test_a_date_that_the_cameras_count_bears_out_or_cannot_better_is_left_alone(
    site: Site, timing: dict[str, int]
) -> None:
    now = utc_now()
    at = rfc3339(now - timedelta(minutes=9))
    marks = {name: rfc3339(now + timedelta(minutes=count)) for name, count in timing.items()}
    document = await site.take(captured_at=at, timing=json.dumps(marks))
    assert datetime.fromisoformat(document["captured_at"]) == datetime.fromisoformat(at)
    assert not document["clock_suspect"]


async def test_ten_at_once_of_the_same_make_one_capture_and_leave_no_other_file(
    site: Site, app: FastAPI
) -> None:
    answers = await asyncio.gather(
        *(site.upload(form={"sequence": "1"}, key="one") for _ in range(10))
    )
    assert sorted(each.status_code for each in answers) == [200] * 9 + [201]
    assert len({each.json()["record_id"] for each in answers}) == 1
    assert await site.count() == 1
    stored = await app.state.store.list_objects(str(site.owner.organization_id))
    assert len(stored) == 2, "the picture and its thumbnail"


@pytest.fixture
async def small(settings: Settings, database_url: URL) -> AsyncIterator[Site]:
    """A camera of an installation that takes small uploads only."""
    app = make_app(settings.model_copy(update={"max_upload_bytes": 20_000}), database_url)
    async with serving(app) as address, open_site(app.state.database, address) as site:
        yield site


@pytest.mark.parametrize("size", [20_001, 1_000_000], ids=["over the picture's", "the form's"])
async def test_too_many_bytes_are_refused_by_the_same_code_wherever_it_shows(
    small: Site, size: int
) -> None:
    answer = await small.upload(PICTURE.ljust(size, b"\0"))
    assert (answer.status_code, code_of(answer)) == (413, "capture_too_large")
    assert await nothing_is_left(small)


async def test_too_many_bytes_of_unknown_length_are_refused_too(small: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 10_000

    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await small.uplink.post("/v1/captures", content=endless(), headers=sent)
    assert (answer.status_code, code_of(answer)) == (413, "capture_too_large")


@pytest.fixture
async def failing(app: FastAPI, tmp_path: Path) -> AsyncIterator[FailingOperations]:
    """The application on a store whose disk fails as a test says."""
    operations = FailingOperations()
    own, app.state.store = app.state.store, FilesystemStore(tmp_path, operations=operations)
    yield operations
    app.state.store.close()
    app.state.store = own


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "storage_full"), (errno.EIO, 503, "storage_unavailable")],
)
@pytest.mark.parametrize("fail_at", range(1, 40, 3))
async def test_a_failing_disk_promises_nothing_and_leaves_nothing(
    site: Site,
    failing: FailingOperations,
    tmp_path: Path,
    number: int,
    status: int,
    code: str,
    fail_at: int,
) -> None:
    failing.fail_at, failing.number = fail_at, number
    answer = await site.upload()
    if len(failing.calls) < fail_at:
        assert answer.status_code == 201, "that many steps are not taken"
        return
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.headers["Retry-After"]
    assert await nothing_is_left(site)
    assert files_in(tmp_path) == []


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_crash_between_the_files_and_the_commit_leaves_no_capture(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object, **_named: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as dying:
        dying.setattr(ingest, "appending", die)
        answer = await site.upload(key="one")
        assert (answer.status_code, code_of(answer)) == (500, "internal_error")
        assert await nothing_is_left(site)
    assert (await site.upload(key="one")).status_code == 201
