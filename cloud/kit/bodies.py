"""Request bodies: what all of them have in common, and the kinds of text in them.

A body refuses fields that it does not know, so that nobody can set what a form does not offer, and
characters that cannot be stored. Every text has a longest length, 1,000 characters where its field
names no other: `Annotated[str, OneLine(at_most=80)]`, `Annotated[str, ManyLines(at_most=20_000)]`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from cloud.kit.clock import OUR_CALENDAR, is_in_calendar

LONGEST_TEXT = 1000
"""In characters."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL keeps in no text, and halves of surrogate pairs, which are no UTF-8."""

DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
"""Bidirectional overrides: they make a text read differently from what it is."""

NOT_IN_A_LINE = re.compile(f"[\x01-\x1f\x7f-\x9f\u2028\u2029{DIRECTIONS}]+")
NOT_IN_TEXT = re.compile(f"[\x01-\x08\x0b-\x1f\x7f-\x9f{DIRECTIONS}]")


class Body(BaseModel):
    """Base of every request body. Texts lose the white space around them."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, str_max_length=LONGEST_TEXT
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unstorable(cls, data: Any) -> Any:
        found = [_unstorable(place) for place, text in _texts(data) if UNSTORABLE.search(text)]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return data


@dataclass(frozen=True)
class OneLine:
    """Marks a text of one line: control characters and line breaks in it become single spaces."""

    at_most: int = LONGEST_TEXT
    at_least: int = 0

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return _cleaned_by(clean_line, self.at_least, self.at_most)


@dataclass(frozen=True)
class ManyLines:
    """Marks a text of any lines, which end in a line feed; it holds no other control character."""

    at_most: int = LONGEST_TEXT
    at_least: int = 0

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return _cleaned_by(clean_text, self.at_least, self.at_most)


@dataclass(frozen=True)
class NullAs:
    """Marks what may be null as well, which says the same as an empty one of this kind."""

    kind: type[list[Any]] | type[str]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        inner = handler(source)
        return core_schema.no_info_before_validator_function(
            lambda value: self.kind() if value is None else value,
            inner,
            json_schema_input_schema=core_schema.nullable_schema(inner),
        )


Line = Annotated[str, OneLine()]
Text = Annotated[str, ManyLines()]
Name = Annotated[str, OneLine(at_least=1, at_most=100)]
"""What somebody calls something."""


OUTSIDE = f"must be in the years {OUR_CALENDAR.start} to {OUR_CALENDAR.stop - 1}"
"""What is not could be written down, and never be shown or reckoned with."""


def _check_moment(moment: datetime) -> datetime:
    if not is_in_calendar(moment):
        raise ValueError(f"{OUTSIDE} in UTC")
    return moment


def _check_day(day: date) -> date:
    if day.year not in OUR_CALENDAR:
        raise ValueError(OUTSIDE)
    return day


Moment = Annotated[AwareDatetime, AfterValidator(_check_moment)]
"""A time with its zone."""

Day = Annotated[date, AfterValidator(_check_day)]
"""A day of whichever zone."""

ReadOnly = Annotated[Any, Field(exclude=True, json_schema_extra={"readOnly": True})]
"""A field of answers that is not looked at here: what was read may be sent back as it is."""

Secret = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1)]
"""A password or token, taken exactly as typed."""


def clean_line(value: Any) -> Any:
    return NOT_IN_A_LINE.sub(" ", value) if isinstance(value, str) else value


def clean_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return NOT_IN_TEXT.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def _cleaned_by(clean: Callable[[Any], Any], at_least: int, at_most: int) -> CoreSchema:
    text = core_schema.str_schema(strip_whitespace=True, min_length=at_least, max_length=at_most)
    return core_schema.no_info_before_validator_function(clean, text)


Place = tuple[str | int, ...]


def _texts(data: Any) -> Iterator[tuple[Place, str]]:
    """Every text inside plain JSON data, keys too, with its place. Nesting may be deep."""
    waiting: list[tuple[Place, Any]] = [((), data)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                yield place, str(key)
                waiting.append(((*place, UNSTORABLE.sub("", str(key))), inner))
        elif isinstance(value, list):
            waiting.extend(((*place, index), inner) for index, inner in enumerate(value))


def _unstorable(place: Place) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("unstorable", "holds a character that cannot be stored"),
        loc=place,
        input=None,
    )
