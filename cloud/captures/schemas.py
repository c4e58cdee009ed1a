"""What goes in and out of the captures' addresses, for the API document and for checking bodies."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from cloud.captures.masking import MaskedBy
from cloud.captures.models import DispositionVerdict, EvaluationStatus, State
from cloud.captures.upload import LARGEST_SEQUENCE, LONGEST_KEY, LONGEST_LABEL
from cloud.kit.bodies import Body, OneLine

Token = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_KEY, pattern=r"^[\x20-\x7e]+$")
]
"""An opaque name that a device gives: printable ASCII."""

EXAMPLE_CAPTURE: dict[str, Any] = {
    "record_id": "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55",
    "device_id": "VS-7K3M-9QXT-4HWC",
    "captured_at": "2026-11-22T07:30:00.123Z",
    "received_at": "2026-11-22T07:30:00.801Z",
    "evaluated_at": "2026-11-22T07:30:02.140Z",
    "evaluation_status": "completed",
    "state": "normal",
    "score": 0.93,
    "reason": "Nothing differs from the 12 captures that were called normal.",
    "evidence": None,
    "agents": [
        {
            "classifier": "baseline",
            "model": "efficientnet-lite0",
            "state": "normal",
            "score": 0.93,
            "reason": "Nothing differs from the 12 captures that were called normal.",
            "latency_ms": 48,
            "tokens_in": 0,
            "tokens_out": 0,
            "cost_usd": 0.0,
            "instead_of": None,
            "examples": [],
        }
    ],
    "reused_from": None,
    "description_version": 2,
    "failure": None,
    "trigger_label": "interval",
    "trigger_id": None,
    "sequence": 41,
    "width": 1280,
    "height": 720,
    "bytes": 143201,
    "sha256": "9f2c1a5e7d3b8a4c6e0f1d2b3a495867768594a3b2c1d0e9f8a7b6c5d4e3f2a1",
    "image_stored": True,
    "clock_suspect": False,
    "privacy": {"masked_by": "camera", "masks": 1, "version": "91f0b6c41b2f7d3e"},
    "thumbnail_url": "/v1/captures/0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55/thumbnail",
    "image_url": "/v1/captures/0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55/image",
    "disposition": None,
    "metadata": {},
    "timing": {"received": "2026-11-22T07:30:00.801Z"},
}


class UploadForm(Body):
    """One picture from a camera."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "image": "(the file's bytes)",
                    "captured_at": "2026-11-22T07:30:00.123Z",
                    "sequence": 41,
                    "spool_id": "4f0c2b7e",
                    "trigger_label": "interval",
                    "metadata": '{"lens": "wide"}',
                    "timing": '{"captured": "2026-11-22T07:30:00.123Z"}',
                }
            ]
        }
    )

    image: UploadFile
    """JPEG, PNG or WebP."""
    captured_at: AwareDatetime
    sequence: int | None = Field(default=None, ge=0, le=LARGEST_SEQUENCE)
    spool_id: Token | None = None
    trigger_id: Token | None = None
    trigger_label: Annotated[str, OneLine(at_most=LONGEST_LABEL)] | None = None
    metadata: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    timing: Annotated[str, StringConstraints(max_length=100_000)] | None = None


class ShownExample(BaseModel):
    """A capture whose thumbnail a model was shown, and what the operator had called it."""

    record_id: str
    verdict: DispositionVerdict


class Agent(BaseModel):
    """What one classifier said."""

    classifier: str
    model: str
    state: State | None
    score: float | None
    reason: str | None
    latency_ms: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """None where the model's price is not known."""
    instead_of: str | None = None
    """The classifier that gave no answer, where this one took its place."""
    examples: list[ShownExample] = []
    """What the model was shown to compare with."""


class Evidence(BaseModel):
    """Where in the picture: `box` is x, y, width, height as fractions of the picture's sides."""

    clause: str | None = None
    box: list[float] | None = None


class Failure(BaseModel):
    """Why there is no verdict: a stable code, and a sentence."""

    code: str
    detail: str


class Disposition(BaseModel):
    """The operator's word on the verdict."""

    verdict: DispositionVerdict
    note: str | None
    by: str | None
    at: datetime | None


class Privacy(BaseModel):
    """Who painted the privacy masks: the camera, or the cloud where the camera had not.

    `masks` is how many were in force when the picture came, `version` a hash of them.
    """

    masked_by: MaskedBy
    masks: int
    version: str


class CaptureDocument(BaseModel):
    """One picture and what became of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CAPTURE]})

    record_id: str
    device_id: str
    captured_at: datetime
    received_at: datetime
    evaluated_at: datetime | None
    evaluation_status: EvaluationStatus
    state: State | None
    score: float | None
    reason: str | None
    evidence: Evidence | None
    agents: list[Agent]
    reused_from: str | None
    description_version: int | None
    failure: Failure | None
    trigger_label: str | None
    trigger_id: str | None
    sequence: int | None
    width: int
    height: int
    bytes: int
    sha256: str
    image_stored: bool
    clock_suspect: bool
    privacy: Privacy | None
    thumbnail_url: str
    image_url: str | None
    disposition: Disposition | None
    metadata: dict[str, Any]
    timing: dict[str, Any]


class CaptureList(BaseModel):
    """A page of captures, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"captures": [EXAMPLE_CAPTURE], "next_cursor": None}]}
    )

    captures: list[CaptureDocument]
    next_cursor: str | None


class DispositionBody(Body):
    """The operator's word on a verdict."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verdict": "normal", "note": "Only the cat."}]}
    )

    verdict: DispositionVerdict
    note: Annotated[str, OneLine(at_most=500)] | None = None


class DispositionsBody(Body):
    """One word on several captures at once, such as "these are normal" while learning."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"record_ids": [EXAMPLE_CAPTURE["record_id"]], "verdict": "normal"}]
        }
    )

    record_ids: list[str] = Field(min_length=1, max_length=200)
    verdict: DispositionVerdict


class DispositionsAnswer(BaseModel):
    """How many captures now carry the word."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"updated": 8}]})

    updated: int


UnitFilter = Annotated[
    str | None, Query(max_length=64, description="Only of this camera; 404 if it is not yours.")
]
"""The query parameter `device_id` of lists and streams."""

StateFilter = Literal["normal", "abnormal", "uncertain", "pending", "failed"]
