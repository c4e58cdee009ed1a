"""The documents of descriptions: a version, with or without the coach's advice, and a template."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cloud.descriptions.coaching import Hint, find_hints
from cloud.descriptions.models import DescriptionTemplate, NormalDescription


def description_document(description: NormalDescription, *, is_active: bool) -> dict[str, Any]:
    """The NormalDescription of the contract."""
    return {
        "version": description.version,
        "name": description.name,
        "text": description.text,
        "created_at": description.created_at,
        "created_by": description.created_by,
        "is_active": is_active,
        "activated_at": description.activated_at,
        "activated_by": description.activated_by,
        "note": description.note,
        "files": [
            {"name": file["name"], "characters": len(file["text"])} for file in description.files
        ],
    }


def coached_document(description: NormalDescription, *, is_active: bool) -> dict[str, Any]:
    """The same, with the coach's advice. Takes some milliseconds for a long text."""
    document = description_document(description, is_active=is_active)
    return {**document, "hints": hint_documents(find_hints(description.text))}


def hint_documents(hints: Sequence[Hint]) -> list[dict[str, Any]]:
    return [asdict(hint) for hint in hints]


def template_document(template: DescriptionTemplate) -> dict[str, Any]:
    return {
        "id": str(template.id),
        "name": template.name,
        "text": template.text,
        "note": template.note,
        "created_at": template.created_at,
        "created_by": template.created_by,
    }
