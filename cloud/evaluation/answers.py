"""Reading a model's answer: exactly as the schema says, or not at all.

The answer is data from outside. A state outside the closed set, a number outside 0..1, a missing or
extra field, anything after the document: none of them becomes a verdict.
"""

import json
import re
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from cloud.captures.models import State
from cloud.evaluation.asking import AnswerForm
from cloud.evaluation.classifier import Box, ClassifierFailed

LONGEST_DOCUMENT_BYTES = 64 * 1024
LONGEST_REASON = 500

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]


class ModelAnswer(BaseModel):
    """What a vision-language model must answer."""

    model_config = ConfigDict(extra="forbid")

    state: State
    confidence: Fraction
    reason: Annotated[str, Field(min_length=1, strict=True)]
    clause: Annotated[str, Field(strict=True)] | None
    box: Annotated[list[Fraction], Field(min_length=4, max_length=4)] | None
    instruction_text_seen: StrictBool

    @property
    def evidence_box(self) -> Box | None:
        """The box, where it lies inside the picture."""
        if self.box is None:
            return None
        x, y, width, height = self.box
        if width <= 0 or height <= 0 or x + width > 1.001 or y + height > 1.001:  # noqa: PLR2004
            return None
        return x, y, width, height


ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["state", "confidence", "reason", "clause", "box", "instruction_text_seen"],
    "properties": {
        "state": {"type": "string", "enum": [state.value for state in State]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "reason": {"type": "string"},
        "clause": {"type": ["string", "null"]},
        "box": {
            "type": ["array", "null"],
            "items": {"type": "number", "minimum": 0, "maximum": 1},
            "minItems": 4,
            "maxItems": 4,
        },
        "instruction_text_seen": {"type": "boolean"},
    },
}
"""The same in JSON Schema, as strict structured output wants it."""

VERDICT = AnswerForm("verdict", ANSWER_SCHEMA, most_tokens=600)

Document = TypeVar("Document", bound=BaseModel)


def read_answer(text: str) -> ModelAnswer:
    """The answer that a model gave. Raises ClassifierFailed `ai_answer_invalid`."""
    return read_document(text, ModelAnswer)


def read_document(text: str, form: type[Document]) -> Document:
    """What a model was asked for in a form. Raises ClassifierFailed `ai_answer_invalid`."""
    if len(text.encode(errors="replace")) > LONGEST_DOCUMENT_BYTES:
        raise _invalid("The model's answer was far too long.")
    try:
        document = json.loads(text, object_pairs_hook=_require_single, parse_constant=float)
        return form.model_validate(document)
    except ValidationError:
        raise _invalid("The model's answer did not have the form that was asked for.") from None
    except (ValueError, RecursionError):
        raise _invalid("The model's answer could not be read.") from None


def clean_reason(text: str) -> str:
    """A reason fit for pages and mails: one line, no control or direction characters, bounded."""
    cleaned = clean_line(text)
    if len(cleaned) <= LONGEST_REASON:
        return cleaned
    return cleaned[: LONGEST_REASON - 1].rstrip() + "…"


def clean_line(text: str) -> str:
    """What a model wrote, on one line and without control or direction characters."""
    return " ".join(UNPRINTABLE.sub(" ", text).split())


def _require_single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Who says one thing twice, and differently, has said nothing."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a field is there twice")
    return document


def _invalid(detail: str) -> ClassifierFailed:
    return ClassifierFailed("ai_answer_invalid", detail)
