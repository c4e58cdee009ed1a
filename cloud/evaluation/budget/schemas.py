"""The body that sets a budget, and what is said of usage."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cloud.evaluation.budget.ladder import Step
from cloud.kit.bodies import Body

EXAMPLE_BUDGET: dict[str, Any] = {
    "monthly_usd": 20.0,
    "spent_usd": 16.4,
    "step": "single",
    "month": "2026-11",
    "resets_at": "2026-11-30T23:00:00.000Z",
}

EXAMPLE_USED: dict[str, Any] = {
    "captures": 8640,
    "evaluations": 8631,
    "ai_calls": 4102,
    "reused": 4529,
    "cost_usd": 16.4,
}

EXAMPLE_USAGE: dict[str, Any] = {
    "from": "2026-11-01",
    "to": "2026-11-22",
    "time_zone": "Europe/Berlin",
    **EXAMPLE_USED,
    "replays": {"ai_calls": 104, "cost_usd": 0.0416},
    "unpriced_calls": 0,
    "by_device": [
        {"device_id": "VS-7K3M-9QXT-4HWC", "friendly_name": "Bench camera", **EXAMPLE_USED}
    ],
    "by_day": [{"day": "2026-11-22", **EXAMPLE_USED}],
    "by_month": [{"month": "2026-11", **EXAMPLE_USED}],
    "true_incidents": 4,
    "cost_per_true_incident_usd": 4.1,
    "budget": EXAMPLE_BUDGET,
}


class BudgetBody(Body):
    """US dollars for a calendar month, in whole cents; null for no limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"monthly_usd": 20.0}]})

    monthly_usd: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)] | None


class BudgetAnswer(BaseModel):
    """This month's budget and the step of the ladder that holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BUDGET]})

    monthly_usd: float | None
    spent_usd: float
    step: Step
    month: str
    resets_at: datetime


class Used(BaseModel):
    """How many of each, and what the calls cost, replays included."""

    captures: int
    evaluations: int
    ai_calls: int
    reused: int
    cost_usd: float


class UsedByDevice(Used):
    device_id: str | None
    friendly_name: str | None


class UsedByDay(Used):
    day: date


class UsedByMonth(Used):
    month: str


class UsedByReplays(BaseModel):
    """Of all calls, those that replays made."""

    ai_calls: int
    cost_usd: float


class UsageAnswer(Used):
    """What was used between two days, both included, of the organization's time zone.

    `unpriced_calls` cost something that is not known and not in `cost_usd`. `true_incidents` are
    abnormal ones opened then that nobody has called a false alarm.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_USAGE]})

    first: Annotated[date, Field(alias="from")]
    to: date
    time_zone: str
    replays: UsedByReplays
    unpriced_calls: int
    by_device: list[UsedByDevice]
    by_day: list[UsedByDay]
    by_month: list[UsedByMonth]
    true_incidents: int
    cost_per_true_incident_usd: float | None
    budget: BudgetAnswer
