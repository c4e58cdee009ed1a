"""The scene check in the way of a capture: no model call, a reason, and what was normal before."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cloud.alerts.models import Incident
from cloud.evaluation.models import ModelCall
from cloud.evaluation.scene.faults import FROZEN_FROM
from cloud.kit.database import Database
from tests.evaluation.baseline.drawing import Picture, draw_bench, photograph
from tests.evaluation.conftest import Bench
from tests.evaluation.scene.views import shift

MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
KNOWN = 4


def at(minute: float) -> str:
    return (MORNING + timedelta(minutes=minute)).isoformat()


async def see(bench: Bench, minute: float, picture: bytes, **fields: str) -> dict[str, object]:
    record_id = await bench.upload(picture, captured_at=at(minute), **fields)
    return await bench.judge(record_id)


@pytest.fixture
async def learnt(bench: Bench) -> Bench:
    """A camera whose first pictures were judged normal."""
    for minute in range(KNOWN):
        capture = await see(bench, minute, photograph(draw_bench(), minute))
        assert capture["state"] == "normal"
    return bench


async def test_an_unusable_picture_is_uncertain_without_any_call(
    learnt: Bench, database: Database
) -> None:
    asked = len(learnt.asked)
    capture = await see(learnt, 10, photograph(shift(draw_bench(), 0.3), 10))
    assert (capture["evaluation_status"], capture["state"]) == ("completed", "uncertain")
    assert str(capture["reason"]).startswith("scene_unusable: The camera shows another view")
    assert capture["agents"] == []
    assert "ai_started" not in capture["timing"]  # type: ignore[operator]  # a dict
    assert len(learnt.asked) == asked
    async with database.work_for(learnt.owner.organization_id) as work:
        assert (await work.execute(select(ModelCall.id))).all() == []


async def test_a_black_picture_is_refused_before_anything_is_known(bench: Bench) -> None:
    capture = await see(bench, 0, photograph(draw_bench(), 0, gain=0.0))
    assert str(capture["reason"]).startswith("scene_unusable: The picture is too dark")


async def test_a_good_picture_goes_on_to_the_classifiers(learnt: Bench) -> None:
    asked = len(learnt.asked)
    capture = await see(learnt, 10, photograph(draw_bench(mug=True), 10))
    assert capture["state"] == "normal"
    assert len(learnt.asked) == asked + 1


async def test_the_operators_word_on_the_new_view_ends_it_and_waiting_does_not(
    learnt: Bench,
) -> None:
    def turned(seed: int) -> bytes:
        picture: Picture = shift(draw_bench(), 0.3)
        return photograph(picture, seed)

    first = await see(learnt, 10, turned(10))
    assert first["state"] == "uncertain"
    next_week = await see(learnt, 7 * 24 * 60, turned(11))
    assert str(next_week["reason"]).startswith("scene_unusable")
    path = f"/v1/captures/{first['record_id']}/disposition"
    await learnt.call("PUT", path, {"verdict": "normal"})
    told = await see(learnt, 7 * 24 * 60 + 1, turned(12))
    assert told["state"] == "normal"


async def test_what_the_operator_called_abnormal_is_not_usual(bench: Bench) -> None:
    for minute in range(KNOWN):
        capture = await see(bench, minute, photograph(draw_bench(), minute))
        path = f"/v1/captures/{capture['record_id']}/disposition"
        await bench.call("PUT", path, {"verdict": "abnormal"})
    other = await see(bench, 10, photograph(shift(draw_bench(), 0.3), 10))
    assert other["state"] == "normal"


async def test_the_same_bytes_again_and_again_are_a_frozen_camera(bench: Bench) -> None:
    picture = photograph(draw_bench(), 0)
    states = [(await see(bench, minute, picture))["reason"] for minute in range(FROZEN_FROM)]
    assert all(not str(reason).startswith("scene_unusable") for reason in states[:-1])
    assert str(states[-1]).startswith("scene_unusable: The camera sends the very same picture")


@pytest.mark.parametrize(
    ("said", "reason"),
    [("frozen", "very same picture"), ("black", "too dark")],
)
async def test_what_the_camera_says_of_its_own_picture_is_believed(
    bench: Bench, said: str, reason: str
) -> None:
    metadata = json.dumps({"camera": said})
    capture = await see(bench, 0, photograph(draw_bench(), 0), metadata=metadata)
    assert reason in str(capture["reason"])


@pytest.mark.parametrize("said", ["ok", "dancing", ["black"], 3, None])
async def test_anything_else_it_says_changes_nothing(bench: Bench, said: object) -> None:
    metadata = json.dumps({"camera": said})
    capture = await see(bench, 0, photograph(draw_bench(), 0), metadata=metadata)
    assert capture["state"] == "normal"


async def test_another_cameras_pictures_say_nothing_of_this_one(
    learnt: Bench, database: Database
) -> None:
    from tests.factories import make_device  # noqa: PLC0415

    device = await make_device(database, learnt.owner.organization_id)
    other = Bench(learnt.base_url, learnt.owner, device, learnt.classifier, learnt.take_turn)
    capture = await see(other, 10, photograph(shift(draw_bench(), 0.3), 10))
    assert capture["state"] == "normal"


async def test_unusable_pictures_open_no_abnormal_incident_even_if_uncertain_ones_do(
    learnt: Bench, database: Database
) -> None:
    await learnt.call("PUT", "/v1/notifications", {"on_uncertain": True})
    await see(learnt, 10, photograph(draw_bench(), 10, gain=0.0))
    async with database.work_for(learnt.owner.organization_id) as work:
        kinds = (await work.execute(select(Incident.kind))).scalars().all()
    assert "abnormal" not in kinds
