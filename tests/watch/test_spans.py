"""Spans of time in words."""

from datetime import timedelta

import pytest

from cloud.watch.spans import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 seconds"),
        (0.4, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172_799, "47 hours"),
        (172_800, "2 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit_of_which_there_are_two(
    seconds: float, words: str
) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
