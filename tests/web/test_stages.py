"""How long each stage of a capture took."""

from cloud.web.stages import Stage, list_stages


def at(second: float) -> str:
    return f"2026-11-22T08:30:{second:06.3f}+00:00"


def test_what_lies_between_two_known_marks_is_a_stage() -> None:
    stages = list_stages(
        {"captured": at(1), "sent": at(2), "received": at(2.5), "ai_finished": at(4.5)}
    )
    assert stages == [
        Stage("In the camera", 1.0, 0.5),
        Stage("On the way", 0.5, 0.25),
        Stage("Judged", 2.0, 1.0),
    ]


def test_a_stage_that_would_end_before_it_began_is_left_out() -> None:
    """The camera's clock is ahead of ours, here by twenty seconds."""
    ahead = {"captured": at(20), "sent": at(21), "received": at(1.5), "stored": at(1.75)}
    assert [stage.word for stage in list_stages(ahead)] == ["In the camera", "Taken in"]


def test_without_marks_or_without_any_length_nothing_is_divided_by_nothing() -> None:
    assert list_stages({}) == []
    assert list_stages({"stored": at(1)}) == []
    assert list_stages({"received": at(1), "stored": at(1)}) == [Stage("Taken in", 0.0, 0.0)]
