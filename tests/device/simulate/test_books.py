from typing import Any

import pytest

from device.simulate.books import End, Fate, close_books, decide_fate
from device.simulate.diary import Diary, Taken
from device.wire import LossReason

SHA256 = "a" * 64


def diary_of_one(**changes: Any) -> Diary:
    return Diary(taken={1: Taken(SHA256, None, 0.0)}, **changes)


def capture(**changes: Any) -> dict[str, object]:
    judged = {"evaluation_status": "completed", "state": "normal"}
    return {"sha256": SHA256, "sequence": 1, **judged, **changes}


def fate_of(diary: Diary, found: dict[str, object] | None = None) -> Fate:
    return decide_fate(diary.taken[1], diary, 1, {"r1": found})


def test_a_capture_with_a_verdict_is_judged() -> None:
    assert fate_of(diary_of_one(records={1: {"r1"}}), capture()) == Fate(End.JUDGED, "normal")


def test_a_capture_that_could_not_be_judged_has_failed_for_a_reason() -> None:
    failed = capture(evaluation_status="failed", state=None, failure={"code": "ai_unavailable"})
    assert fate_of(diary_of_one(records={1: {"r1"}}), failed) == Fate(End.FAILED, "ai_unavailable")


def test_what_the_spool_dropped_or_was_refused_is_lost_for_a_reason() -> None:
    dropped = diary_of_one(lost={1: LossReason.NO_ROOM})
    assert fate_of(dropped) == Fate(End.LOST, "dropped: no_room")
    assert fate_of(diary_of_one(refused={1: "422 unreadable"})) == Fate(
        End.LOST, "refused: 422 unreadable"
    )


def test_a_dropped_picture_that_the_cloud_has_all_the_same_is_not_lost() -> None:
    assert (
        fate_of(diary_of_one(lost={1: LossReason.NO_ROOM}, records={1: {"r1"}}), capture()).end
        is End.JUDGED
    )


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({}, None),
        ({1: {"r1"}}, None),
        ({1: {"r1", "r2"}}, capture()),
        ({1: {"r2"}}, capture()),
        ({1: {"r1"}}, capture(sha256="b" * 64)),
        ({1: {"r1"}}, capture(sequence=2)),
        ({1: {"r1"}}, capture(evaluation_status="pending", state=None)),
        ({1: {"r1"}}, capture(state=None)),
        ({1: {"r1"}}, capture(evaluation_status="failed", failure=None)),
    ],
    ids=[
        "never acknowledged",
        "acknowledged and gone",
        "taken in twice",
        "could not be asked for",
        "other bytes",
        "another number",
        "not judged yet",
        "completed without a verdict",
        "failed without a reason",
    ],
)
def test_the_books_do_not_balance_while_one_picture_has_no_end(
    records: dict[int, set[str]], found: dict[str, object] | None
) -> None:
    diary = diary_of_one(records=records)
    assert fate_of(diary, found).end is End.OPEN
    assert not close_books([("VS-1", diary)], {"r1": found}, []).balance


def test_the_books_balance_when_every_picture_has_its_end() -> None:
    books = close_books([("VS-1", diary_of_one(lost={1: LossReason.NO_ROOM}))], {}, [])
    assert books.balance
    assert (books.taken, books.count(End.LOST)) == (1, 1)


def test_a_hole_in_the_numbers_is_strange() -> None:
    diary = Diary(taken={2: Taken(SHA256, None, 0.0)}, lost={2: LossReason.NO_ROOM})
    books = close_books([("VS-1", diary)], {}, [])
    assert books.strange == ("VS-1: the sequence numbers have holes",)
    assert not books.balance


def test_two_pictures_for_one_command_are_strange() -> None:
    twice = {number: Taken(SHA256, "t1", 0.0) for number in (1, 2)}
    books = close_books(
        [("VS-1", Diary(taken=twice, lost=dict.fromkeys((1, 2), LossReason.NO_ROOM)))], {}, []
    )
    assert books.strange == ("VS-1: two pictures for trigger t1",)


def test_a_command_that_never_came_is_strange() -> None:
    assert not close_books([], {}, ["t1"]).balance
