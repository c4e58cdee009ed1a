from typing import Any

import pytest

from cloud.web.looks import look_of_camera, look_of_capture, rank_of_attention, say_watching
from tests.web.documents import capture, device

QUIET = {"state": "not_watching", "reason": "No picture for 12 minutes.", "since": None}
POOR = {"state": "degraded", "reason": "Two of three pictures arrive.", "since": None}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "Normal"),
        ({"state": "abnormal"}, "Abnormal"),
        ({"state": "uncertain"}, "Uncertain"),
        ({"evaluation_status": "pending", "state": None}, "Being judged"),
        ({"evaluation_status": "processing", "state": None}, "Being judged"),
        ({"evaluation_status": "failed", "state": None}, "Not judged"),
        ({"evaluation_status": "completed", "state": None}, "Not judged"),
    ],
)
def test_a_capture_without_a_verdict_is_never_normal(changes: dict[str, Any], word: str) -> None:
    assert look_of_capture(capture(**changes)).word == word


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "Normal"),
        ({"watching": QUIET}, "Not watching"),
        ({"watching": POOR}, "Degraded"),
        ({"status": "paused"}, "Paused"),
        ({"latest_capture": None}, "Not watching"),
        ({"latest_capture": capture(state="uncertain"), "watching": POOR}, "Uncertain"),
        ({"latest_capture": capture(evaluation_status="failed", state=None)}, "Not judged"),
    ],
)
def test_a_camera_is_green_only_when_watching_and_judged(
    changes: dict[str, Any], word: str
) -> None:
    assert look_of_camera(device(**changes)).word == word


def test_an_abnormal_camera_stays_red_when_it_falls_silent() -> None:
    silent = device(latest_capture=capture(state="abnormal"), watching=QUIET)
    assert look_of_camera(silent).word == "Abnormal"


def test_a_learning_camera_says_so_and_is_not_green() -> None:
    assert look_of_camera(device(), learning=True).word == "Learning"


def test_what_needs_attention_comes_first() -> None:
    cameras = [
        device(),
        device(watching=QUIET),
        device(latest_capture=capture(state="uncertain")),
        device(latest_capture=capture(state="abnormal")),
    ]
    ranked = sorted(map(look_of_camera, cameras), key=rank_of_attention)
    assert [look.word for look in ranked] == ["Abnormal", "Not watching", "Uncertain", "Normal"]


def test_how_long_a_camera_is_silent_is_said_by_one_clock_that_of_its_picture() -> None:
    reason = "No picture for 18 seconds. Is the camera plugged in?"
    silent = QUIET | {"code": "silent", "reason": reason}
    assert say_watching(silent) == "No new picture arrives. Is the camera plugged in?"
    assert say_watching(POOR | {"code": "some_missing"}) == POOR["reason"]
