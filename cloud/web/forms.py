"""Forms as browsers send them, read with the same rules as the API's bodies.

What is wrong is said beside its field on the same form: `errors` maps a field to its sentence, and
`"form"` stands for the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Request
from pydantic import ValidationError

from cloud.kit.bodies import Body
from cloud.kit.errors import FieldError, Malformed, Problem

B = TypeVar("B", bound=Body)

Errors = Mapping[str, str]

OUR_FAULT = 500

SENTENCES = {
    "string_too_short": "Take at least {min_length} characters.",
    "string_too_long": "This is too long: at most {max_length} characters.",
    "greater_than_equal": "Take {ge} or more.",
    "less_than_equal": "Take {le} or less.",
    "int_parsing": "This is no whole number.",
    "int_from_float": "This is no whole number.",
}
"""What Pydantic finds wrong, as people say it; else its own words."""


@dataclass(frozen=True)
class Form:
    """The texts of a form; an empty field is as one that was not sent."""

    fields: Mapping[str, list[str]]

    def text(self, name: str) -> str:
        return self.fields.get(name, [""])[-1]

    def texts(self, name: str) -> list[str]:
        return self.fields.get(name, [])

    def read(self, body: type[B]) -> B:
        """The fields that the body knows. Raises Malformed with a sentence for each wrong one."""
        names = [field.alias or name for name, field in body.model_fields.items()]
        return validate(body, {name: self.text(name) for name in names if self.text(name)})


def validate(body: type[B], given: Mapping[str, object]) -> B:
    """What a form gave, as the body. Raises Malformed with a sentence for each wrong field."""
    try:
        return body.model_validate(given)
    except ValidationError as error:
        wrong = tuple(_field_error(one) for one in error.errors())
        raise Malformed(
            "form_malformed", "Something in the form needs another look.", errors=wrong
        ) from None


def errors_of(problem: Problem, fields: Mapping[str, str] | None = None) -> Errors:
    """What to say on the form. `fields` maps a problem's code to the field that it is about.

    Raises the problem again where it is not the form's: then it has a page of its own.
    """
    if problem.status >= OUR_FAULT:
        raise problem
    if problem.errors:
        return {error.field: _as_sentence(error.message) for error in problem.errors}
    return {(fields or {}).get(problem.code, "form"): problem.detail}


def _field_error(error: Mapping[str, Any]) -> FieldError:
    place = error["loc"]
    name = ".".join(str(part) for part in place) if isinstance(place, tuple) else ""
    return FieldError(name or "form", _sentence(error))


def _sentence(error: Mapping[str, Any]) -> str:
    bounds = error.get("ctx", {})
    if error["type"] == "missing" or bounds.get("min_length") == 1:
        return "This is needed."
    if error["type"] in SENTENCES:
        return SENTENCES[error["type"]].format_map(bounds)
    return _as_sentence(str(error["msg"]).removeprefix("Value error, "))


def _as_sentence(words: str) -> str:
    words = words.rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


async def _read_form(request: Request) -> Form:
    sent = await request.form()
    fields: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return Form(fields)


async def read_sent(request: Request, body: type[B]) -> B:
    """What a form or a program's JSON sent. Raises Malformed."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            return validate(body, orjson.loads(await request.body()))
        except orjson.JSONDecodeError:
            raise Malformed("request_malformed", "The request is no JSON.") from None
    return (await _read_form(request)).read(body)


TheForm = Annotated[Form, Depends(_read_form)]
