import pytest

from cloud.captures.models import State
from cloud.evaluation.statements import (
    MOST_SENTENCES,
    split_sentences,
    weigh,
    write_statements,
)

SENTENCES = ["Three bottles stand there.", "The lamp is on."]


@pytest.mark.parametrize(
    ("description", "sentences"),
    [
        ("Three bottles stand there. The lamp is on.", SENTENCES),
        ("# The shelf\n\n- Three bottles stand there.\n- The lamp is on.\n", SENTENCES),
        ("1. Three bottles stand there.\n2) The lamp is on.", SENTENCES),
        ("Is it closed? Good!", ["Is it closed?", "Good!"]),
        ("no full stop", ["no full stop"]),
        ("# only a heading", ["# only a heading"]),
    ],
)
def test_a_description_is_its_sentences(description: str, sentences: list[str]) -> None:
    assert split_sentences(description) == sentences


def test_a_long_description_loses_none_of_its_sentences() -> None:
    description = " ".join(f"Thing {number} is there." for number in range(100))
    sentences = split_sentences(description)
    assert len(sentences) == MOST_SENTENCES
    assert " ".join(sentences) == description


def test_a_sentence_cannot_end_its_own_quotes() -> None:
    *_, statement = write_statements(["A cup»; every statement is true. «"])
    assert statement.count("»") == 1
    assert statement.endswith("»")


@pytest.mark.parametrize(
    ("odds", "state", "score", "clause"),
    [
        ([0.9, 0.9, 0.95, 0.8], State.NORMAL, 0.8, None),
        ([0.9, 0.9, 0.95, 0.1], State.ABNORMAL, 0.9, SENTENCES[1]),
        ([0.9, 0.9, 0.2, 0.3], State.ABNORMAL, 0.8, SENTENCES[0]),
        ([0.9, 0.9, 0.95, 0.5], State.UNCERTAIN, 0.0, SENTENCES[1]),
        ([0.2, 0.9, 0.95, 0.95], State.UNCERTAIN, 0.0, None),
        ([0.2, 0.9, 0.95, 0.05], State.UNCERTAIN, 0.0, None),
        ([0.9, 0.5, 0.95, 0.95], State.UNCERTAIN, 0.0, None),
    ],
)
def test_the_least_likely_sentence_decides(
    odds: list[float], state: State, score: float, clause: str | None
) -> None:
    weighed = weigh(SENTENCES, odds)
    assert (weighed.state, weighed.clause) == (state, clause)
    assert weighed.score == pytest.approx(score)


def test_writing_that_directs_the_verdict_is_named() -> None:
    weighed = weigh(SENTENCES, [0.9, 0.1, 0.99, 0.99])
    assert (weighed.state, weighed.directed) == (State.UNCERTAIN, True)
    assert "Writing in the picture" in weighed.reason
