"""The bodies and answers of the platform's people: units made, activation codes kept."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cloud.devices.config import Within
from cloud.devices.manufacture import LARGEST_BATCH
from cloud.devices.models import BenefitType
from cloud.devices.spelling import normal_code
from cloud.kit.bodies import Body, Moment, NullAs, OneLine

SHORTEST_CODE = 4
LARGEST_BENEFIT = 1000
MOST_USES = 1_000_000

EXAMPLE_CODE: dict[str, Any] = {
    "code": "WELCOME-2026",
    "description": "Trade fair",
    "benefit_type": "device_slots",
    "benefit_value": 1,
    "max_uses": 100,
    "valid_until": "2026-12-31T23:59:59Z",
    "allowed_email_domains": ["example.com"],
    "one_per_organization": True,
}

EXAMPLE_CODE_KEPT: dict[str, Any] = EXAMPLE_CODE | {
    "uses_count": 1,
    "valid_from": None,
    "organization_id": None,
    "revoked_at": None,
    "created_at": "2026-11-01T09:12:44.310Z",
    "redemptions": [
        {
            "organization_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11",
            "user_id": "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a12",
            "device_id": "VS-7K3M-9QXT-4HWC",
            "redeemed_at": "2026-11-02T10:00:00.000Z",
        }
    ],
}
EXAMPLE_UNIT: dict[str, Any] = {
    "device_id": "VS-7K3M-9QXT-4HWC",
    "batch_id": "2026-11",
    "made_at": "2026-11-01T09:12:44.310Z",
    "organization_id": None,
}


def _domain(text: str) -> str:
    domain = text.lower().removeprefix("@")
    if "." not in domain or "@" in domain or " " in domain:
        raise ValueError("must be a domain such as example.com")
    return domain


def _code(text: str) -> str:
    if len(normal_code(text)) < SHORTEST_CODE:
        raise ValueError(f"must have at least {SHORTEST_CODE} letters or digits")
    return text


Domain = Annotated[str, OneLine(at_least=1, at_most=253), AfterValidator(_domain)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=64), AfterValidator(_code)]
Description = Annotated[str, OneLine(at_most=200)]
BenefitValue = Annotated[int, Within(1, LARGEST_BENEFIT)]
MaxUses = Annotated[int, Within(1, MOST_USES)]
Domains = Annotated[list[Domain], Field(max_length=100), NullAs(list)]
BatchId = Annotated[str, OneLine(at_least=1, at_most=64)]


class MakeUnitsBody(Body):
    """How many units, and what to call the batch."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quantity": 10, "batch_id": "2026-11"}]}
    )

    quantity: Annotated[int, Within(1, LARGEST_BATCH)]
    batch_id: BatchId | None = None


class UnitAnswer(BaseModel):
    """One unit, and whose it is if it is active."""

    device_id: str
    batch_id: str | None
    made_at: datetime
    organization_id: str | None


class UnitsMade(BaseModel):
    """The units made, and their ids alone, to print."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "batch_id": EXAMPLE_UNIT["batch_id"],
                    "devices": [EXAMPLE_UNIT],
                    "device_ids": [EXAMPLE_UNIT["device_id"]],
                }
            ]
        }
    )

    batch_id: str | None
    devices: list[UnitAnswer]
    device_ids: list[str]


class UnitList(BaseModel):
    """A page of units, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"devices": [EXAMPLE_UNIT], "next_cursor": None}]}
    )

    devices: list[UnitAnswer]
    next_cursor: str | None


class CodeBody(Body):
    """A new activation code. Without `code`, one of 80 random bits is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CODE]})

    code: Code | None = None
    description: Description = ""
    benefit_type: BenefitType
    benefit_value: BenefitValue
    """Cameras, months or days."""
    max_uses: MaxUses | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    allowed_email_domains: Domains = Field(default_factory=list)
    one_per_organization: bool = True
    organization_id: UUID | None = None
    """Only this one may redeem it."""


class CodeChanges(Body):
    """What to change of an activation code; what is left out stays. Null lifts a limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_uses": 200}]})

    description: Description = ""
    benefit_type: BenefitType = BenefitType.DEVICE_SLOTS
    benefit_value: BenefitValue = 1
    max_uses: MaxUses | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    allowed_email_domains: Domains = Field(default_factory=list)
    one_per_organization: bool = True
    organization_id: UUID | None = None


class RedemptionAnswer(BaseModel):
    """One use of a code."""

    organization_id: str
    user_id: str
    device_id: str | None
    redeemed_at: datetime


class CodeAnswer(BaseModel):
    """An activation code and who redeemed it: the last hundred."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CODE_KEPT]})

    code: str
    description: str
    benefit_type: BenefitType
    benefit_value: int
    max_uses: int | None
    uses_count: int
    valid_from: datetime | None
    valid_until: datetime | None
    allowed_email_domains: list[str]
    one_per_organization: bool
    organization_id: str | None
    revoked_at: datetime | None
    created_at: datetime
    redemptions: list[RedemptionAnswer]


class CodeList(BaseModel):
    """A page of activation codes, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_CODE_KEPT], "next_cursor": None}]}
    )

    items: list[CodeAnswer]
    next_cursor: str | None
