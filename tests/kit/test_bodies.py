"""Request bodies: unknown fields, characters that cannot be stored, cleaning of texts."""

from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from cloud.kit.bodies import Body, Day, ManyLines, Moment, Name, Secret


class Letter(Body):
    name: Name = "Anna"
    password: Secret = "unchanged"
    text: Annotated[str, ManyLines(at_most=3000)] = ""
    data: dict[str, Any] = Field(default_factory=dict)
    at: Moment | None = None
    on: Day | None = None


def refused(**fields: Any) -> list[tuple[int | str, ...]]:
    with pytest.raises(ValidationError) as caught:
        Letter.model_validate(fields)
    return [error["loc"] for error in caught.value.errors()]


def test_an_unknown_field_is_refused_by_name() -> None:
    assert refused(organization_id="1") == [("organization_id",)]


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_what_postgresql_cannot_store_is_refused_wherever_it_stands(character: str) -> None:
    assert refused(name=f"a{character}b") == [("name",)]
    assert refused(data={"deep": [{"in": character}]}) == [("data", "deep", 0, "in")]
    assert refused(data={f"k{character}": 1}) == [("data",)]


def test_deep_nesting_is_walked_without_end_of_stack() -> None:
    nested: Any = "leaf"
    for _ in range(5000):
        nested = [nested]
    assert Letter.model_validate({"data": {"nested": nested}}).data["nested"] == nested


def test_a_line_keeps_to_one_line_and_one_direction() -> None:
    assert Letter(name=" a\r\nb\tc\x1b\u202ed ").name == "a b c d"


def test_a_name_of_nothing_but_control_characters_is_empty_and_refused() -> None:
    assert refused(name="\x07 \n") == [("name",)]


def test_a_text_keeps_its_lines_and_loses_other_control_characters() -> None:
    assert Letter(text="a\r\nb\rc\n\td\x07 ").text == "a\nb\nc\n\td"


def test_a_password_is_taken_as_typed() -> None:
    assert Letter(password="  two spaces  ").password == "  two spaces  "


def test_lengths_are_bounded_with_and_without_a_limit_of_their_own() -> None:
    assert refused(name="n" * 101) == [("name",)]
    assert refused(password="p" * 1001) == [("password",)]
    assert refused(text="t" * 3001) == [("text",)]
    assert Letter(text="t" * 3000).text == "t" * 3000


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "2026-11-22T07:30:00",
        "yesterday",
    ],
)
def test_a_time_that_could_never_be_read_again_is_refused(at: str) -> None:
    assert refused(at=at) == [("at",)]


@pytest.mark.parametrize("on", ["0001-01-01", "1899-12-31", "9999-01-01", "9999-12-31"])
def test_a_day_with_which_nothing_can_be_reckoned_is_refused(on: str) -> None:
    assert refused(on=on) == [("on",)]


@pytest.mark.parametrize(
    "at", ["1970-01-01T00:00:00+14:00", "1900-01-01T00:00:00Z", "9998-12-31T23:59:59+12:00"]
)
def test_a_clock_that_was_never_set_or_that_leapt_ahead_is_understood(at: str) -> None:
    assert Letter.model_validate({"at": at}).at == datetime.fromisoformat(at)
