"""Sections of the config document as fields of a form: `capture.width` is a field's name.

It is also the name by which the API calls the field in its errors, so a sentence finds its place.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from cloud.devices.config import ConfigDocument, Within
from cloud.kit.bodies import Body
from cloud.web.forms import Form, validate

B = TypeVar("B", bound=Body)


def _ranges() -> dict[str, Within]:
    return {
        f"{name}.{field}": mark
        for name, section in _sections(ConfigDocument).items()
        for field, info in section.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Within)
    }


def _sections(body: type[BaseModel]) -> dict[str, type[BaseModel]]:
    return {
        name: info.annotation
        for name, info in body.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }


RANGES: Mapping[str, Within] = _ranges()
"""What each number may be."""


def read_sections(form: Form, body: type[B]) -> B:
    """A form as a body of which some fields are sections of the config document.

    What the form does not have is left unset. Raises Malformed, a sentence for each wrong field.
    """
    sections = _sections(body)
    given: dict[str, Any] = {
        name: bool(form.text(name)) if info.annotation is bool else form.text(name)
        for name, info in body.model_fields.items()
        if name not in sections and name in form.fields
    }
    for name, section in sections.items():
        given[name] = {
            field: _value(form.text(f"{name}.{field}"), info.annotation)
            for field, info in section.model_fields.items()
            if f"{name}.{field}" in form.fields
        }
    return validate(body, given)


def flatten(document: ConfigDocument) -> dict[str, Any]:
    """The document's values by the names of their fields; whole numbers without a point."""
    present = document.model_dump(mode="json")
    alone = {name: value for name, value in present.items() if not isinstance(value, dict)}
    return alone | {
        f"{name}.{field}": int(value) if isinstance(value, float) and value.is_integer() else value
        for name, section in present.items()
        if isinstance(section, dict)
        for field, value in section.items()
    }


def keep_typed(in_force: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The same values as somebody has typed them, right or wrong."""
    return {
        name: _as_shown(form.text(name), value) if name in form.fields else value
        for name, value in in_force.items()
    }


def find_changes(wanted: Body, document: ConfigDocument) -> ConfigDocument:
    """What of the wanted fields and sections differs from the document.

    Only that is written down, so a default that nobody touched stays the default.
    """
    present = document.model_dump(mode="json")
    changes: dict[str, Any] = {}
    sent = wanted.model_dump(mode="json", include=set(present), exclude_unset=True)
    for name, section in sent.items():
        if not isinstance(section, dict):
            if section != present[name]:
                changes[name] = section
            continue
        differing = {
            field: value for field, value in section.items() if value != present[name][field]
        }
        if differing:
            changes[name] = differing
    return ConfigDocument.model_validate(changes)


def _value(typed: str, annotation: object) -> object:
    """A field's text as the value that it stands for; what is no number stays what was typed."""
    if annotation is bool:
        return bool(typed)
    typed = typed.strip()
    for kind in (int, float):
        try:
            return kind(typed)
        except ValueError:
            continue
    return typed or None


def _as_shown(typed: str, in_force: object) -> object:
    if isinstance(in_force, bool):
        return bool(typed)
    return typed or (None if in_force is None else "")
