"""What has changed between two texts."""

import time

from cloud.descriptions.comparing import compare


def said(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.change.value, piece.text) for piece in compare(before, after)]


def test_sentences_are_compared_whatever_lines_they_stand_in() -> None:
    before = "# Bench\nThe vice is on the left. The lamp is on."
    after = "# Bench\n\n- The lamp is on.\n- Two drawers are closed."
    assert said(before, after) == [
        ("same", "Bench"),
        ("removed", "The vice is on the left."),
        ("same", "The lamp is on."),
        ("added", "Two drawers are closed."),
    ]


def test_what_is_replaced_stands_before_what_replaces_it() -> None:
    assert said("Five tools hang there.", "Six tools hang there.") == [
        ("removed", "Five tools hang there."),
        ("added", "Six tools hang there."),
    ]


def test_equal_texts_change_nothing() -> None:
    assert said("One. “Two!” Three?", "One. “Two!” Three?") == [
        ("same", "One."),
        ("same", "“Two!” Three?"),
    ]


def test_texts_of_very_many_sentences_are_shown_whole_and_at_once() -> None:
    began = time.process_time()
    pieces = compare("a.\n" * 6000, "b.\n" * 6000)
    assert time.process_time() - began < 1
    assert [piece.change.value for piece in pieces] == ["removed"] * 6000 + ["added"] * 6000
