"""The bodies that the routes of descriptions take, and the answers they give."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from cloud.kit.bodies import Body, ManyLines, Name, OneLine

LONGEST_DESCRIPTION = 20_000
"""In characters."""

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
    "files": [],
}


class DescriptionBody(Body):
    """What is normal, in words; Markdown if you like. `activate` puts it in force at once."""

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

    text: Words
    name: Name | None = None
    note: Remark | None = None
    activate: bool = False


class ActivateVersionBody(Body):
    """Why this version; kept in the audit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The vice is back"}]})

    override: bool = False
    reason: Remark | None = None


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
    files: list[str]


class DescriptionList(BaseModel):
    """A page of versions, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_DESCRIPTION], "next_cursor": None}]}
    )

    items: list[DescriptionAnswer]
    next_cursor: str | None
