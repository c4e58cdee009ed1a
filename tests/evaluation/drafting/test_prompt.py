"""A model's draft is read as its schema says, or not at all."""

import json
from typing import Any

import pytest

from cloud.evaluation.classifier import ClassifierFailed
from cloud.evaluation.drafting.prompt import (
    DRAFT_SCHEMA,
    LONGEST_SENTENCE,
    MOST_SENTENCES,
    DraftAnswer,
    read_draft,
)


def answered(*sentences: Any, **changes: Any) -> str:
    return json.dumps({"sentences": sentences, "instruction_text_seen": False, **changes})


def test_a_draft_has_a_sentence_a_line_and_no_marks_of_the_models_own() -> None:
    text, directed = read_draft(
        answered("- The lamp\nis on.", "A vice\u202e stands \x00there.", " ")
    )
    assert text == "- The lamp is on.\n- A vice stands there."
    assert directed is False


def test_writing_that_tries_to_direct_is_told_of() -> None:
    assert read_draft(answered("The lamp is on.", instruction_text_seen=True))[1] is True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The lamp is on.",
        "null",
        answered(),
        answered(" ", "\x00"),
        answered(7),
        answered(["The lamp is on."]),
        answered("x" * (LONGEST_SENTENCE + 1)),
        answered(*["The lamp is on."] * (MOST_SENTENCES + 1)),
        answered("The lamp is on.", instruction_text_seen="no"),
        answered("The lamp is on.", note="more"),
        answered("The lamp is on.") + " Done.",
        '{"sentences": ["a"], "sentences": ["b"], "instruction_text_seen": false}',
    ],
)
def test_what_is_no_draft_is_none(text: str) -> None:
    with pytest.raises(ClassifierFailed) as failed:
        read_draft(text)
    assert failed.value.code == "ai_answer_invalid"


def test_what_is_asked_for_is_what_is_read() -> None:
    assert set(DRAFT_SCHEMA["properties"]) == set(DraftAnswer.model_fields)
    assert set(DRAFT_SCHEMA["required"]) == set(DraftAnswer.model_fields)
