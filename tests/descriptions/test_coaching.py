"""What the coach says of a text, and what it lets pass."""

import time

import pytest

from cloud.descriptions.coaching import MOST_HINTS, find_hints


def codes_of(text: str) -> list[str]:
    return [hint.code.value for hint in find_hints(text)]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("Nobody stands at the red press for more than 5 minutes.", "duration", "more than 5 m"),
        ("The shutter of the gate is closed all night.", "duration", "all night"),
        ("A pallet arrives at the ramp every 10 minutes.", "count_over_time", "every 10 minutes"),
        ("The operator walks past the press twice an hour.", "count_over_time", "twice an hour"),
        ("The belt with the boxes suddenly stops.", "change", "suddenly"),
        ("The fan above the desk is spinning.", "change", "spinning"),
        ("The pump on the left makes no noise.", "sound", "noise"),
        ("The kitchen bench smells of fresh bread.", "smell", "smells"),
        ("The water temperature of the tank is 40 degrees.", "feeling", "temperature"),
        ("The yard is there and nothing unusual is in it.", "empty_negation", "nothing unusual"),
        ("Everything on the bench looks normal.", "vague", "normal"),
        ("The tools on the wall hang as they should.", "vague", "as they should"),
    ],
)
def test_what_a_still_cannot_show_or_nobody_can_check_is_named(
    text: str, code: str, words: str
) -> None:
    (hint,) = [one for one in find_hints(text) if one.code == code]
    assert hint.words.startswith(words)
    assert hint.quote == text
    assert hint.advice


@pytest.mark.parametrize(
    "text",
    [
        "Five tools hang on the wall. The lamp above them is on.",
        "Shadows may move, and the light may change slowly. A grey cat can sit on the chair.",
        "The needle of the pressure gauge stands in the green field.",
        "Three bottles stand on the upper shelf. Two bottles stand on the lower shelf.",
        "The left door is open. The right door is closed.",
        "The red lamp is on when the green lamp is off. The red lamp is off at night.",
        "# Bench\n- The vice stands on the left.\n- The drawer is closed.",
        "Die Werkbank ist leer. Die Lampe leuchtet. Niemand ist im Bild zu sehen.",
        "",
    ],
)
def test_what_one_picture_can_show_passes(text: str) -> None:
    assert codes_of(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Five tools hang on the wall.", "Three tools hang on the wall."),
        ("No cars stand in the yard.", "2 cars stand in the yard."),
        ("The cellar door is open.", "The cellar door must be closed."),
        ("The lamp is on.", "The lamp is not on."),
    ],
)
def test_sentences_that_cannot_both_be_true_are_named_together(one: str, other: str) -> None:
    (hint,) = find_hints(f"{one} The floor is grey. {other}")
    assert (hint.code, hint.quote) == ("contradiction", other)
    assert one in hint.advice


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("All clear.", "too_short"),
        ("No people are on the stairs. Nothing stands in front of the door.", "only_absence"),
    ],
)
def test_a_text_that_says_too_little_is_told_so(text: str, code: str) -> None:
    assert codes_of(text) == [code]


def test_one_place_of_a_sentence_is_named_once() -> None:
    assert codes_of("The tools and the boxes show no problems today.") == [
        "empty_negation",
        "only_absence",
    ]


@pytest.mark.parametrize(
    "piece", ["for ", "every few ", "The x is open. ", "a a a a is ", "the a-'", "5 tools. "]
)
def test_the_longest_text_is_read_quickly_whatever_is_in_it(piece: str) -> None:
    began = time.process_time()
    hints = find_hints(piece * (20_000 // len(piece)))
    assert time.process_time() - began < 1
    assert len(hints) <= MOST_HINTS + 1
