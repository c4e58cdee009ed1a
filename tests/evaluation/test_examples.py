"""Which pictures a model is shown to compare with, and that each verdict says which."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from cloud.captures.models import SCENE_UNUSABLE, DispositionVerdict, State
from cloud.devices.config import ClassifierName
from cloud.evaluation.examples import (
    Disposed,
    Example,
    choose_examples,
    list_examples,
    read_examples,
)
from cloud.evaluation.registry import find_card
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.storage.keys import thumbnail_key
from tests.evaluation.conftest import Bench, answer_of
from tests.factories import make_capture, make_device, make_organization

NORMAL, ABNORMAL = DispositionVerdict.NORMAL, DispositionVerdict.ABNORMAL
MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

WORDS = {
    "n": (NORMAL, State.NORMAL),
    "N": (NORMAL, State.ABNORMAL),
    "a": (ABNORMAL, State.ABNORMAL),
    "A": (ABNORMAL, State.NORMAL),
}
"""What the operator said, in capitals where the verdict was wrong."""


def spoken_on(words: str) -> list[Disposed]:
    """One capture a minute."""
    times = [MORNING + timedelta(minutes=number) for number in range(len(words))]
    return [Disposed(new_id(), at, at, *WORDS[word]) for at, word in zip(times, words, strict=True)]


@pytest.mark.parametrize(
    ("words", "most", "chosen"),
    [
        ("", 4, []),
        ("nnaa", 0, []),
        ("na", 4, [0, 1]),
        ("nnaa", 2, [1, 3]),
        ("nnaa", 3, [1, 2, 3]),
        ("Nnaa", 2, [0, 3]),
        ("NNAann", 4, [0, 1, 2, 3]),
        ("nnnnn", 3, [2, 3, 4]),
        ("nnnna", 4, [1, 2, 3, 4]),
    ],
)
def test_both_kinds_take_turns_the_corrected_first_then_the_newest(
    words: str, most: int, chosen: list[int]
) -> None:
    captures = spoken_on(words)
    expected = [captures[number] for number in chosen]
    assert choose_examples(captures, most) == expected
    assert choose_examples(reversed(captures), most) == expected


async def test_only_usable_captures_of_this_camera_but_never_the_judged_one(
    database: Database,
) -> None:
    organization_id = await make_organization(database)
    camera = await make_device(database, organization_id)
    other = await make_device(database, organization_id)
    wanted = await make_capture(database, camera, state=State.NORMAL, disposition=ABNORMAL)
    judged = await make_capture(database, camera, state=State.NORMAL, disposition=NORMAL)
    await make_capture(database, other, state=State.NORMAL, disposition=NORMAL)
    await make_capture(database, camera, state=State.NORMAL)
    await make_capture(database, camera, state=State.NORMAL, disposition=DispositionVerdict.UNCLEAR)
    await make_capture(
        database,
        camera,
        state=State.UNCERTAIN,
        reason=f"{SCENE_UNUSABLE}too dark",
        disposition=NORMAL,
    )
    await make_capture(database, camera, state=State.NORMAL, disposition=NORMAL, deleted_at=MORNING)
    async with database.work_for(organization_id) as work:
        found = await list_examples(work, camera.device_id, 8, judged=judged.id)
        none = await list_examples(work, camera.device_id, 0, judged=judged.id)
    assert [one.id for one in found] == [wanted.id]
    assert none == []


async def test_a_thumbnail_that_is_gone_is_no_example(app: FastAPI) -> None:
    organization_id = new_id()
    there, gone = spoken_on("na")
    key = thumbnail_key(organization_id, there.received_at, there.id)
    await app.state.store.put(key, b"thumbnail")
    examples = await read_examples(app.state.store, organization_id, [there, gone])
    assert examples == (Example(there.id, NORMAL, b"thumbnail"),)


async def test_the_next_verdict_is_shown_what_was_called_abnormal_and_says_so(
    bench: Bench,
) -> None:
    path = f"/v1/devices/{bench.device.unit_id}/config"
    await bench.call("PUT", path, {"evaluation": {"examples": 4}})
    bench.classifier.scripts[bench.device.device_id] = lambda question: replace(
        answer_of(ClassifierName.BASELINE, State.NORMAL), examples=question.examples
    )
    first = await bench.upload()
    assert (await bench.judge(first))["agents"][0]["examples"] == []
    await bench.call("PUT", f"/v1/captures/{first}/disposition", {"verdict": "abnormal"})
    second = await bench.judge(await bench.upload(captured_at="2026-11-22T07:31:00Z"))
    assert second["agents"][0]["examples"] == [{"record_id": first, "verdict": "abnormal"}]
    await bench.call("POST", f"/v1/captures/{first}/reevaluate")
    assert (await bench.judge(first))["agents"][0]["examples"] == []


@pytest.mark.parametrize(
    ("model", "tokens"), [("gpt-6-luna", 195), ("gpt-4o-mini", 2833), ("unlisted", 1120)]
)
def test_an_example_is_counted_as_a_thumbnail_in_low_detail(model: str, tokens: int) -> None:
    assert find_card(ClassifierName.OPENAI, model).picture.count_example() == tokens


def test_what_an_example_costs_is_unknown_where_the_price_is() -> None:
    assert str(find_card(ClassifierName.OPENAI, "gpt-6-luna").example_usd) == "0.0000195"
    assert find_card(ClassifierName.OPENAI, "unlisted").example_usd is None
