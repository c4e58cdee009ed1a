"""A verdict used again: when it may be, when never, and what is said of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from cloud.captures.models import DispositionVerdict, State, UsageDay
from cloud.devices.config import ClassifierName, EvaluationSection, SimilaritySection
from cloud.evaluation.breaker import Breaker
from cloud.evaluation.calling import AskedModel, Caller
from cloud.evaluation.classifier import Usage
from cloud.evaluation.examples import Disposed
from cloud.evaluation.model_classifier import ModelClassifier
from cloud.evaluation.models import ModelCall
from cloud.evaluation.openai_models import OpenAIModels
from cloud.evaluation.registry import find_card
from cloud.evaluation.reuse import Judged, Standard, choose_candidates
from cloud.evaluation.scene.likeness import looks_same
from cloud.evaluation.transport import ModelTransport
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.evaluation.baseline.drawing import HEIGHT, WIDTH, Picture, draw_bench, photograph
from tests.evaluation.conftest import Bench, ScriptedClassifier, answer_of
from tests.evaluation.scene.views import see_bench, see_jpeg

MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
JUDGED = Judged(new_id(), MORNING, MORNING, False, MORNING, 0, 0.9, "It is so.", 1, [])
PAID = Usage(tokens_in=10, cost_usd=Decimal("0.01"), paid=True)


@pytest.fixture
async def camera(bench: Bench) -> Bench:
    """A camera that reuses verdicts for an hour, and whose first picture was judged normal."""
    await configure(bench, similarity={"enabled": True, "max_distance": 6})
    bench.classifier.scripts[bench.device.device_id] = lambda _question: answer_of(
        ClassifierName.BASELINE, State.NORMAL, usage=PAID
    )
    first = await take(bench, 0)
    assert first["reused_from"] is None
    return bench


async def configure(bench: Bench, **sections: dict[str, Any]) -> None:
    await bench.call("PUT", f"/v1/devices/{bench.device.unit_id}/config", sections)


async def take(bench: Bench, minute: float, picture: Picture | None = None) -> dict[str, Any]:
    """Take a picture of the bench, as it is or as given, and have it judged."""
    at = (MORNING + timedelta(minutes=minute)).isoformat()
    jpeg = photograph(draw_bench() if picture is None else picture, int(minute * 60) + 1)
    return await bench.judge(await bench.upload(jpeg, captured_at=at))


def now_judges(bench: Bench, state: State) -> None:
    bench.classifier.scripts[bench.device.device_id] = lambda _question: answer_of(
        ClassifierName.BASELINE, state
    )


async def test_the_same_view_again_is_normal_without_a_call_and_says_whose_verdict_it_is(
    camera: Bench, database: Database
) -> None:
    first = (await camera.read("/v1/captures"))["captures"][0]
    again = await take(camera, 1)
    assert (again["state"], again["reused_from"]) == ("normal", first["record_id"])
    assert (again["score"], again["reason"]) == (first["score"], first["reason"])
    assert again["agents"] == []
    assert count_asked(camera, camera.classifier) == 1
    async with database.work_for(camera.owner.organization_id) as work:
        (day,) = (await work.session.scalars(select(UsageDay))).all()
        calls = (await work.execute(select(ModelCall.id))).all()
    assert (day.captures, day.evaluations, day.ai_calls, day.reused) == (2, 2, 1, 1)
    assert len(calls) == 1


async def test_a_reused_verdict_is_not_reused_so_its_age_counts_from_the_judged_one(
    camera: Bench,
) -> None:
    first = (await camera.read("/v1/captures"))["captures"][0]["record_id"]
    assert (await take(camera, 40))["reused_from"] == first
    assert (await take(camera, 59))["reused_from"] == first
    late = await take(camera, 61)
    assert late["reused_from"] is None
    assert (await take(camera, 62))["reused_from"] == late["record_id"]


@pytest.mark.parametrize(
    ("shown", "came", "may"),
    [(59, 59, True), (59, 61, False), (61, 59, False), (-1, 59, False), (0, 21 * 24 * 60, False)],
)
def test_a_verdict_is_too_old_by_whichever_clock_says_so(
    *, shown: int, came: int, may: bool
) -> None:
    """A camera that loses its power may begin at the same time again, weeks later."""
    new = replace(
        JUDGED,
        captured_at=MORNING + timedelta(minutes=shown),
        received_at=MORNING + timedelta(minutes=came),
    )
    standard = Standard(1, JUDGED.judges, 0)
    limits = SimilaritySection(enabled=True, expires_minutes=60)
    found = choose_candidates([JUDGED], standard, limits, new=new, disputed_at=None)
    assert found == ([JUDGED] if may else [])


async def test_where_the_cameras_clock_cannot_be_right_everything_is_judged(camera: Bench) -> None:
    picture = photograph(draw_bench(), 1)
    for minute in (1, 2):
        at = f"1970-01-01T00:0{minute}:00Z"
        capture = await camera.judge(await camera.upload(picture, captured_at=at))
        assert (capture["state"], capture["reused_from"]) == ("normal", None)


def count_asked(camera: Bench, classifier: ScriptedClassifier) -> int:
    """How often it was asked of this camera; the worker takes what other tests left as well."""
    return sum(one.device_id == camera.device.device_id for one in classifier.questions)


async def test_something_new_in_the_picture_is_judged(camera: Bench) -> None:
    new = await take(camera, 1, draw_bench(mug=True))
    assert new["reused_from"] is None
    assert count_asked(camera, camera.classifier) == 2


@pytest.mark.parametrize("state", [State.ABNORMAL, State.UNCERTAIN])
async def test_only_a_normal_verdict_is_used_again(camera: Bench, state: State) -> None:
    now_judges(camera, state)
    for minute in (1, 2):
        capture = await take(camera, minute, draw_bench(mug=True))
        assert (capture["state"], capture["reused_from"]) == (state, None)


async def test_while_an_incident_is_open_everything_is_judged(camera: Bench) -> None:
    now_judges(camera, State.ABNORMAL)
    await take(camera, 1, draw_bench(mug=True))
    now_judges(camera, State.NORMAL)
    first, second, third = [(await take(camera, minute))["reused_from"] for minute in (2, 3, 4)]
    assert (first, second) == (None, None)
    assert third is not None


async def test_after_an_uncertain_verdict_the_next_one_is_judged(camera: Bench) -> None:
    now_judges(camera, State.UNCERTAIN)
    await take(camera, 1, draw_bench(mug=True))
    now_judges(camera, State.NORMAL)
    assert (await take(camera, 2))["reused_from"] is None


async def test_another_description_is_another_question(camera: Bench) -> None:
    path = f"/v1/devices/{camera.device.unit_id}/descriptions"
    await camera.call("POST", path, {"text": "A bench with a box."})
    assert (await take(camera, 1))["reused_from"] is None


async def test_another_model_is_another_judge(camera: Bench) -> None:
    camera.classifier.model = "successor"
    assert (await take(camera, 1))["reused_from"] is None


async def test_a_consensus_is_not_answered_by_a_single_judge(
    camera: Bench, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ScriptedClassifier(name=ClassifierName.OPENAI)
    monkeypatch.setitem(app.state.classifiers, ClassifierName.OPENAI, other)
    evaluation = {"classifier": "baseline", "secondary": "openai", "consensus": True}
    await configure(camera, evaluation=evaluation)
    capture = await take(camera, 1)
    assert capture["reused_from"] is None
    assert count_asked(camera, other) == 1


async def test_a_verdict_that_is_not_sure_enough_any_more_is_not_used(camera: Bench) -> None:
    await configure(camera, evaluation={"min_confidence": 0.95})
    assert (await take(camera, 1))["reused_from"] is None


@pytest.mark.parametrize("word", ["abnormal", "unclear"])
async def test_when_the_operator_disputes_a_reused_verdict_the_view_is_judged_anew(
    camera: Bench, word: str
) -> None:
    again = await take(camera, 1)
    path = f"/v1/captures/{again['record_id']}/disposition"
    await camera.call("PUT", path, {"verdict": word})
    assert (await take(camera, 2))["reused_from"] is None


async def test_a_reevaluation_really_asks(camera: Bench) -> None:
    again = await take(camera, 1)
    now_judges(camera, State.ABNORMAL)
    await camera.call("POST", f"/v1/captures/{again['record_id']}/reevaluate")
    capture = await camera.judge(again["record_id"])
    assert (capture["state"], capture["reused_from"]) == ("abnormal", None)


async def test_it_is_off_unless_switched_on(camera: Bench) -> None:
    await configure(camera, similarity={"enabled": False})
    assert (await take(camera, 1))["reused_from"] is None


def a_model() -> ModelClassifier:
    """One that is not asked."""
    card = find_card(ClassifierName.OPENAI, "gpt-6-luna")
    vendor = OpenAIModels(ModelTransport(), None, None)
    return ModelClassifier(AskedModel(card, vendor, Caller(Breaker(), 1)))


def test_a_model_that_would_be_shown_other_examples_is_another_judge() -> None:
    """What the operator says of a picture may be what the next verdict hinges on."""
    said = DispositionVerdict.NORMAL
    shown = Disposed(new_id(), MORNING, MORNING, said, State.ABNORMAL)
    agent = {
        "classifier": "openai",
        "model": "gpt-6-luna",
        "examples": [{"record_id": str(shown.id), "verdict": "normal"}],
    }
    judged = replace(JUDGED, agents=[agent])
    section = EvaluationSection(classifier=ClassifierName.OPENAI)

    def meets(*examples: Disposed) -> bool:
        standard = Standard.of(section, 1, {ClassifierName.OPENAI: a_model()}, examples)
        assert standard is not None
        return judged.meets(standard)

    assert meets(shown)
    assert not meets()
    assert not meets(shown, replace(shown, id=new_id()))
    assert not meets(replace(shown, disposition=DispositionVerdict.ABNORMAL))


async def test_examples_change_nothing_for_who_is_shown_none(camera: Bench) -> None:
    """The baseline compares with its own memory."""
    first = (await camera.read("/v1/captures"))["captures"][0]["record_id"]
    await configure(camera, evaluation={"examples": 4})
    body = {"verdict": "normal"}
    await camera.call("PUT", f"/v1/captures/{first}/disposition", body)
    assert (await take(camera, 1))["reused_from"] == first


def test_of_fifty_pairs_that_differ_in_a_patch_none_looks_the_same() -> None:
    """The patch is 5 % of the picture's area, anywhere, and not of the colour of what it hides."""
    dice = np.random.default_rng(5)
    width, height = round(WIDTH * 0.05**0.5), round(HEIGHT * 0.05**0.5)
    for seed in range(50):
        x, y = int(dice.integers(0, WIDTH - width)), int(dice.integers(0, HEIGHT - height))
        patched = draw_bench()
        patch = patched[y : y + height, x : x + width]
        patch[:] = np.where(patch > 128, patch - 60, patch + 60)
        assert not looks_same(see_jpeg(photograph(patched, seed)), see_bench(seed + 100))


@pytest.mark.parametrize("gain", [0.85, 1.0, 1.08])
def test_noise_shake_and_light_are_no_difference(gain: float) -> None:
    same = [looks_same(see_bench(seed, gain=gain), see_bench(seed + 50)) for seed in range(10)]
    assert sum(same) >= 9


def test_a_small_thing_is_a_difference() -> None:
    """A coin of 2.5 % of the picture's width."""
    for x, y in ((100, 400), (350, 150), (500, 240)):
        picture = draw_bench()
        picture[y : y + 16, x : x + 16] = 255 - picture[y : y + 16, x : x + 16]
        assert not looks_same(see_jpeg(photograph(picture, 1)), see_bench(2))
