"""What filters would have done to a day's captures: counted as they would have done it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.captures.models import State
from cloud.captures.thinning import Kept
from cloud.devices.config import ClassifierName, DedupeSection, SimilaritySection
from cloud.evaluation.effects import Past, Reusable, count_reusable, count_surplus
from cloud.evaluation.reuse import Judged
from cloud.kit.clock import utc_now
from cloud.kit.ids import new_id
from tests.evaluation.baseline.drawing import draw_bench, photograph
from tests.evaluation.conftest import Bench, answer_of
from tests.evaluation.scene.views import see_bench
from tests.factories import loopback_client

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS = SimilaritySection(enabled=True, max_distance=6)


def past(minute: int, state: State = State.NORMAL, *, mug: bool = False, version: int = 1) -> Past:
    at = NOON + timedelta(minutes=minute)
    judged = Judged(new_id(), at, at, False, at, 0, 0.9, "It looks so.", version, [])
    return Past(judged, state, see_bench(minute, mug=mug))


@pytest.mark.parametrize(
    ("captures", "reused", "not_normal"),
    [
        ([past(minute) for minute in range(4)], 3, 0),
        ([past(0), past(90)], 0, 0),
        ([past(0), past(1, version=2)], 0, 0),
        ([past(0), past(1, State.ABNORMAL, mug=True), past(2), past(3)], 1, 0),
        ([past(0), past(1, State.ABNORMAL)], 1, 1),
        ([past(0, State.UNCERTAIN), past(1, State.UNCERTAIN)], 0, 0),
    ],
    ids=["quiet", "too old", "other words", "an event", "a doubt hidden", "never normal"],
)
def test_reuse_is_counted_as_it_would_have_come(
    captures: list[Past], reused: int, not_normal: int
) -> None:
    assert count_reusable(captures, LIMITS) == Reusable(len(captures), reused, not_normal)


def test_thinning_is_counted_as_if_all_had_been_whole() -> None:
    row = [Kept(new_id(), State.NORMAL, image_stored=number % 2 == 0) for number in range(10)]
    limits = DedupeSection(enabled=True, threshold=2, keep_every=4)
    assert count_surplus(row, limits) == 6


async def test_the_address_tells_it_of_the_settings_in_force(bench: Bench) -> None:
    config = {
        "similarity": {"max_distance": 6},
        "dedupe": {"threshold": 1, "keep_every": 10},
        "streak": {"threshold": 3, "keep_every": 10},
    }
    await bench.call("PUT", f"/v1/devices/{bench.device.unit_id}/config", config)
    bench.classifier.scripts[bench.device.device_id] = lambda _question: answer_of(
        ClassifierName.BASELINE, State.NORMAL
    )
    for number in range(5):
        at = (utc_now() - timedelta(minutes=10 - number)).isoformat()
        await bench.judge(await bench.upload(photograph(draw_bench(), number), captured_at=at))
    path = f"/v1/devices/{bench.device.unit_id}/filters/effect"
    answer: dict[str, Any] = await bench.read(path)
    answer.pop("since")
    assert answer == {
        "captures": 5,
        "similarity": {"compared": 5, "reused": 4, "not_normal": 0},
        "dedupe": {"not_kept": 4},
        "streak": {"not_kept": 2},
    }


async def test_a_camera_that_is_not_there_has_no_effect(bench: Bench) -> None:
    async with loopback_client(base_url=bench.base_url, headers=bench.owner.headers) as client:
        answer = await client.get("/v1/devices/VS-NONE-NONE-NONE/filters/effect")
    assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")
