"""Uploads that come again: answered as the first time, with nothing changed."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select, update

from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.captures.pictures import draw, encode
from tests.factories import SomeDevice, loopback_client, make_device, make_organization

PICTURE, OTHER_PICTURE = encode(draw()), encode(draw(200, 100))
AT = "2026-11-22T08:30:00.123+01:00"


@pytest.fixture
async def device(database: Database) -> SomeDevice:
    return await make_device(database, await make_organization(database))


class Uplink:
    """Uploads as one device."""

    def __init__(self, base_url: str, device: SomeDevice) -> None:
        self._base_url, self._device = base_url, device

    async def send(
        self,
        form: dict[str, str],
        headers: dict[str, str] | None = None,
        picture: bytes = PICTURE,
    ) -> httpx2.Response:
        async with loopback_client(base_url=self._base_url, timeout=30) as client:
            return await client.post(
                "/v1/captures",
                data={"captured_at": AT} | form,
                files={"image": ("picture.jpg", picture, "image/jpeg")},
                headers={**self._device.headers, **(headers or {})},
            )


@pytest.fixture
def uplink(base_url: str, device: SomeDevice) -> Uplink:
    return Uplink(base_url, device)


async def count(database: Database, device: SomeDevice) -> int:
    async with database.work_for(device.organization_id) as work:
        return int(
            await work.scalar(
                select(func.count()).where(Capture.organization_id == device.organization_id)
            )
        )


async def judge(database: Database, device: SomeDevice) -> None:
    judged: dict[str, Any] = {
        "evaluation_status": EvaluationStatus.COMPLETED,
        "evaluated_at": utc_now(),
        "state": State.ABNORMAL,
        "score": 0.9,
        "reason": "The drill is gone.",
        "image_stored": False,
        "description_version": 1,
        "timing": Capture.timing.concat({"claimed": AT, "ai_finished": AT}),
    }
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Capture)
            .where(Capture.organization_id == device.organization_id)
            .values(judged)
            .execution_options(synchronize_session=False)
        )


KEYS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {"Idempotency-Key": "a key"}),
    ({"sequence": "7", "spool_id": "card one"}, {}),
    ({"sequence": "7"}, {}),
]


@pytest.mark.parametrize(("form", "headers"), KEYS)
async def test_a_repeat_is_answered_as_the_first_time(
    uplink: Uplink,
    database: Database,
    device: SomeDevice,
    form: dict[str, str],
    headers: dict[str, str],
) -> None:
    first = await uplink.send(form, headers)
    await judge(database, device)
    repeated = await uplink.send(form, headers)
    assert (first.status_code, repeated.status_code) == (201, 200)
    assert repeated.json() == first.json()
    assert repeated.json()["evaluation_status"] == "pending"
    assert await count(database, device) == 1


@pytest.mark.parametrize(("form", "headers"), KEYS)
async def test_the_same_key_with_another_picture_is_a_conflict(
    uplink: Uplink,
    database: Database,
    device: SomeDevice,
    form: dict[str, str],
    headers: dict[str, str],
) -> None:
    await uplink.send(form, headers)
    refused = await uplink.send(form, headers, OTHER_PICTURE)
    assert refused.status_code == 409
    assert refused.json()["code"] == "idempotency_conflict"
    assert await count(database, device) == 1


async def test_an_unnamed_counter_that_began_anew_loses_nothing(
    uplink: Uplink, database: Database, device: SomeDevice
) -> None:
    await uplink.send({"sequence": "1"})
    anew = await uplink.send({"sequence": "1", "captured_at": "2026-11-23T07:30:00Z"})
    assert anew.status_code == 201
    assert await count(database, device) == 2


async def test_without_any_key_each_upload_is_a_capture(
    uplink: Uplink, database: Database, device: SomeDevice
) -> None:
    answers = [await uplink.send({}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert await count(database, device) == 2
