"""The bodies that the routes of replays take, and the answers they give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from cloud.captures.models import DispositionVerdict, State
from cloud.captures.queries import parse_record_id
from cloud.captures.schemas import EXAMPLE_CAPTURE, Failure
from cloud.evaluation.replay.choosing import MOST_CHOSEN, Wanted
from cloud.evaluation.replay.queries import ReplayStatus
from cloud.kit.bodies import Body

USUAL = 100

EXAMPLE_RECORD = EXAMPLE_CAPTURE["record_id"]

EXAMPLE_PROGRESS: dict[str, Any] = {
    "id": "0199f1c2-8a41-7c5a-9a41-2f7d3b6c1e55",
    "version": 3,
    "against": 2,
    "status": "completed",
    "done": 104,
    "total": 104,
    "failed": 0,
    "asked_by": "anna@example.com",
    "asked_at": "2026-11-22T09:00:00.123Z",
    "estimated_cost_usd": 0.0416,
    "known_left_out": 0,
}

EXAMPLE_REPLAY: dict[str, Any] = {
    **EXAMPLE_PROGRESS,
    "cost_usd": 0.0409,
    "matrix": {
        "normal": {"normal": 94, "abnormal": 0, "uncertain": 1},
        "abnormal": {"normal": 2, "abnormal": 5, "uncertain": 0},
        "uncertain": {"normal": 2, "abnormal": 0, "uncertain": 0},
    },
    "known": {
        "abnormal": {"total": 4, "before": 4, "after": 4},
        "normal": {"total": 12, "before": 2, "after": 0},
    },
    "loses_recall": False,
    "incidents_per_day": {"days": 0.35, "before": 5.7, "after": 2.9},
    "changed": [
        {
            "record_id": EXAMPLE_RECORD,
            "taken_at": "2026-11-22T07:30:00.123Z",
            "known": "normal",
            "before": {"state": "abnormal", "reason": "A cat sits on the bench."},
            "after": {"state": "normal", "reason": "The bench is clear but for the cat."},
            "score": 0.91,
            "thumbnail_url": EXAMPLE_CAPTURE["thumbnail_url"],
        }
    ],
    "failure": None,
}


Newest = Annotated[int, Field(ge=1, le=MOST_CHOSEN)]
Named = Annotated[list[str], Field(min_length=1, max_length=MOST_CHOSEN)]

NEWEST: TypeAdapter[int] = TypeAdapter(Newest)
NAMED: TypeAdapter[list[str]] = TypeAdapter(Named)


def _read_captures(value: Any) -> Any:
    """By its kind, so that what is wrong is said of the one that is meant."""
    kind: TypeAdapter[Any] = NAMED if isinstance(value, list) else NEWEST
    return kind.validate_python(value)


class ReplayBody(Body):
    """Which pictures: so many of the newest that have a verdict, or those of certain ids.

    `captures` is either, and `record_ids` the ids as well.

    All that an operator has called normal or abnormal are added, the newest hundred of each.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"captures": USUAL}]})

    captures: Annotated[Newest | Named, BeforeValidator(_read_captures)] = USUAL
    record_ids: Annotated[list[str], Field(max_length=MOST_CHOSEN)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _refuse_both(self) -> Self:
        if {"captures", "record_ids"} <= self.model_fields_set:
            raise ValueError("send either captures or record_ids")
        return self

    def wanted(self) -> Wanted:
        """Raises NotFound for what is no id."""
        if isinstance(self.captures, list):
            return Wanted(USUAL, [parse_record_id(one) for one in self.captures])
        return Wanted(self.captures, [parse_record_id(one) for one in self.record_ids])


class EstimateAnswer(BaseModel):
    """What a replay would take. The cost is null where a model was never paid for here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"total": 104, "known": 16, "known_left_out": 0, "estimated_cost_usd": 0.0416}
            ]
        }
    )

    total: int
    known: int
    known_left_out: int
    estimated_cost_usd: float | None


class ProgressAnswer(BaseModel):
    """How far a replay is."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PROGRESS]})

    id: str
    version: int
    against: int | None
    status: ReplayStatus
    done: int
    total: int
    failed: int
    asked_by: str
    asked_at: datetime
    estimated_cost_usd: float | None
    known_left_out: int


class AlarmsAnswer(BaseModel):
    """Of `total` pictures of known truth, how many were alarms and how many would be."""

    total: int
    before: int
    after: int


class KnownAnswer(BaseModel):
    """On pictures called abnormal alarms are hits, on those called normal they are false."""

    abnormal: AlarmsAnswer
    normal: AlarmsAnswer


class PredictionAnswer(BaseModel):
    """Incidents a day, as the verdicts of `days` days would have opened them."""

    days: float
    before: float
    after: float


class Said(BaseModel):
    """A verdict in short."""

    state: State | None
    reason: str | None


class ChangedAnswer(BaseModel):
    """A picture of which the version says something else."""

    record_id: str
    taken_at: datetime
    known: DispositionVerdict | None
    before: Said
    after: Said
    score: float | None
    thumbnail_url: str


class ReplayAnswer(ProgressAnswer):
    """A replay, and all that it has found so far. `matrix` counts old states by new ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_REPLAY]})

    cost_usd: float
    matrix: Mapping[State, Mapping[State, int]]
    known: KnownAnswer
    loses_recall: bool
    incidents_per_day: PredictionAnswer | None
    changed: list[ChangedAnswer]
    failure: Failure | None


class ReplayList(BaseModel):
    """A page of replays, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_PROGRESS], "next_cursor": None}]}
    )

    items: list[ProgressAnswer]
    next_cursor: str | None
