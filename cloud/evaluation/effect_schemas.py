"""What the effects of a camera's filters look like in the API."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

EXAMPLE: dict[str, Any] = {
    "since": "2026-11-21T07:30:00Z",
    "captures": 288,
    "similarity": {"compared": 200, "reused": 148, "not_normal": 0},
    "dedupe": {"not_kept": 226},
    "streak": {"not_kept": 220},
}


class ReuseEffect(BaseModel):
    """Of the compared verdicts, how many would have been used again; of those, not normal ones."""

    compared: int
    reused: int
    not_normal: int


class ThinningEffect(BaseModel):
    """How many full pictures would not have been kept."""

    not_kept: int


class EffectsAnswer(BaseModel):
    """What each filter would have done with the captures since then."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    since: datetime
    captures: int
    similarity: ReuseEffect
    dedupe: ThinningEffect
    streak: ThinningEffect
