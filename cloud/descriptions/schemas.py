"""The bodies that the routes of descriptions take, and the answers they give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cloud.descriptions.coaching import HintCode
from cloud.descriptions.comparing import Change
from cloud.kit.bodies import Body, ManyLines, Name, OneLine

LONGEST_DESCRIPTION = 20_000
"""In characters."""

MOST_FILES = 10
"""Of one description."""

Words = Annotated[str, ManyLines(at_least=1, at_most=LONGEST_DESCRIPTION)]
Remark = Annotated[str, OneLine(at_most=500)]

EXAMPLE_DESCRIPTION: dict[str, Any] = {
    "version": 2,
    "name": "Clear bench",
    "text": "The bench is clear but for the vice on the left. The lamp is on.",
    "created_at": "2026-11-20T10:00:00.123Z",
    "created_by": "anna@example.com",
    "is_active": True,
    "activated_at": "2026-11-20T10:00:00.123Z",
    "activated_by": "anna@example.com",
    "note": "After moving the vice",
    "files": [{"name": "bench.md", "characters": 64}],
}

EXAMPLE_HINT: dict[str, Any] = {
    "code": "duration",
    "quote": "Nobody stands there for more than 5 minutes.",
    "words": "more than 5 minutes",
    "advice": "One picture cannot show how long something lasts. Say how it looks at any moment.",
}

EXAMPLE_TEMPLATE: dict[str, Any] = {
    "id": "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55",
    "name": "Clear bench",
    "text": "The bench is clear but for the vice on the left. The lamp is on.",
    "note": None,
    "created_at": "2026-11-20T10:00:00.123Z",
    "created_by": "anna@example.com",
}


class DescriptionBody(Body):
    """What is normal, in words (Markdown if you like) or by the id of a template to copy.

    `activate` puts it in force at once.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "The bench is clear but for the vice on the left. The lamp is on.",
                    "name": "Clear bench",
                    "note": "After moving the vice",
                    "activate": True,
                }
            ]
        }
    )

    text: Words | None = None
    template_id: str | None = None
    name: Name | None = None
    note: Remark | None = None
    activate: bool = False

    @model_validator(mode="before")
    @classmethod
    def _ask_for_one(cls, data: Any) -> Any:
        """Take either words or a template. The field is named, which a form needs."""
        if isinstance(data, Mapping):
            given = [name for name in ("text", "template_id") if data.get(name) is not None]
            if not given:
                raise _wrong(cls, InitErrorDetails(type="missing", loc=("text",), input=None))
            if len(given) > 1:
                both = PydanticCustomError("both", "send either text or template_id")
                raise _wrong(cls, InitErrorDetails(type=both, loc=("template_id",), input=None))
        return data


class UploadBody(Body):
    """A description as files, in the order in which they are to be read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"files": ["(a file's bytes)"], "name": "Clear bench", "activate": True}]
        }
    )

    files: Annotated[list[UploadFile], Field(min_length=1, max_length=MOST_FILES)]
    name: Name | None = None
    note: Remark | None = None
    activate: bool = False


class ActivateVersionBody(Body):
    """Why this version; kept in the audit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The vice is back"}]})

    override: bool = False
    reason: Remark | None = None


class TextBody(Body):
    """A text that nobody has saved yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": EXAMPLE_HINT["quote"]}]})

    text: Words


class TemplateBody(Body):
    """A text for any camera's description to start from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{name: EXAMPLE_TEMPLATE[name] for name in ("name", "text")}]
        }
    )

    name: Name
    text: Words
    note: Remark | None = None


class FileAnswer(BaseModel):
    """One of the files that a version was put together from."""

    name: str
    characters: int


class HintAnswer(BaseModel):
    """One piece of advice: `words` in the sentence `quote`, and what to do about them."""

    code: HintCode
    quote: str
    words: str
    advice: str


class DescriptionAnswer(BaseModel):
    """One version of what is normal for a device."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DESCRIPTION]})

    version: int
    name: str
    text: str
    created_at: datetime
    created_by: str
    is_active: bool
    activated_at: datetime | None
    activated_by: str | None
    note: str | None
    files: list[FileAnswer]


class CoachedAnswer(DescriptionAnswer):
    """One version, with the coach's advice on its text."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_DESCRIPTION | {"hints": [EXAMPLE_HINT]}]}
    )

    hints: list[HintAnswer]


class DescriptionList(BaseModel):
    """A page of versions, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_DESCRIPTION], "next_cursor": None}]}
    )

    items: list[DescriptionAnswer]
    next_cursor: str | None


class HintsAnswer(BaseModel):
    """The coach's advice on a text; none does not mean that it is good."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hints": [EXAMPLE_HINT]}]})

    hints: list[HintAnswer]


class PieceAnswer(BaseModel):
    """One sentence, and what became of it."""

    change: Change
    text: str


class ComparisonAnswer(BaseModel):
    """What has changed from the version `against` to this one, sentence by sentence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 2,
                    "against": 1,
                    "pieces": [
                        {"change": "same", "text": "The lamp is on."},
                        {"change": "removed", "text": "The bench is clear."},
                        {"change": "added", "text": "The vice stands on the left."},
                    ],
                }
            ]
        }
    )

    version: int
    against: int
    pieces: list[PieceAnswer]


class TemplateAnswer(BaseModel):
    """A text for any camera's description to start from."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_TEMPLATE]})

    id: str
    name: str
    text: str
    note: str | None
    created_at: datetime
    created_by: str


class TemplateList(BaseModel):
    """A page of the organization's templates, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_TEMPLATE], "next_cursor": None}]}
    )

    items: list[TemplateAnswer]
    next_cursor: str | None


def _wrong(body: type[Body], found: InitErrorDetails) -> ValidationError:
    return ValidationError.from_exception_data(body.__name__, [found], hide_input=True)
