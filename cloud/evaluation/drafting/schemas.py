"""The body that asks for a draft, and the draft."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cloud.captures.queries import parse_record_id
from cloud.captures.schemas import EXAMPLE_CAPTURE
from cloud.descriptions.schemas import HintAnswer
from cloud.evaluation.drafting.drafting import MOST_PICTURES
from cloud.kit.bodies import Body

EXAMPLE_DRAFT: dict[str, Any] = {
    "text": "- A vice is fixed to the left end of the bench.\n- The rest of the bench is clear.",
    "hints": [],
    "directed": False,
    "classifier": "openai",
    "model": "gpt-6-luna",
    "pictures": 3,
    "cost_usd": 0.0006,
}


class DraftBody(Body):
    """From which captures of the camera; all is well in them, and their pictures are kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"record_ids": [EXAMPLE_CAPTURE["record_id"]]}]}
    )

    record_ids: Annotated[list[str], Field(min_length=1, max_length=MOST_PICTURES)]

    def wanted(self) -> list[UUID]:
        """Raises NotFound for what is no id."""
        return [parse_record_id(record_id) for record_id in self.record_ids]


class DraftAnswer(BaseModel):
    """A proposed description, with the coach's advice on it. It is not saved.

    `directed`: writing in a picture tried to tell the model what to write, so read with care.
    `cost_usd` is null where the model's price is not known.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DRAFT]})

    text: str
    hints: list[HintAnswer]
    directed: bool
    classifier: str
    model: str
    pictures: int
    cost_usd: float | None
