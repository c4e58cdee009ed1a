"""What the addresses of share links take and give, as the OpenAPI document says it."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cloud.captures.models import EvaluationStatus, State
from cloud.kit.bodies import Body, Moment, NullAs, OneLine, Secret
from cloud.sharing.models import ShareType
from cloud.sharing.shares import ShareState

DAY_HOURS = 24.0
LONGEST_HOURS = 366 * DAY_HOURS
MOST_VIEWS = 1_000_000
SHORTEST_PASSCODE = 4
LONGEST_PASSCODE = 100

Hours = Annotated[float, Field(gt=0, le=LONGEST_HOURS)]
Views = Annotated[int, Field(ge=1, le=MOST_VIEWS)]
Label = Annotated[str, OneLine(at_least=1, at_most=100)]
Passcode = Annotated[
    Secret, StringConstraints(min_length=SHORTEST_PASSCODE, max_length=LONGEST_PASSCODE)
]

EXAMPLE_RECORD_ID = "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55"
EXAMPLE_SHARE: dict[str, Any] = {
    "id": "0199f1c2-d2f0-7b8e-a3c5-7e1f0b2d4c66",
    "label": "For the insurer",
    "device_id": "VS-7K3M-9QXT-4HWC",
    "device_name": "Bench camera",
    "share_type": "capture",
    "record_id": EXAMPLE_RECORD_ID,
    "from": None,
    "to": None,
    "states": [],
    "state": "active",
    "created_at": "2026-11-22T07:40:00.000Z",
    "created_by": "anna@example.com",
    "expires_at": "2026-11-23T07:40:00.000Z",
    "view_count": 2,
    "last_viewed_at": "2026-11-22T09:12:31.480Z",
    "max_views": 10,
    "has_passcode": False,
    "revoked_at": None,
}
EXAMPLE_TOKEN = "vsh_…"  # noqa: S105  # an example of the form
EXAMPLE_VIEW: dict[str, Any] = {
    "viewed_at": "2026-11-22T09:12:31.480Z",
    "address": "198.51.100.7",
    "user_agent": "Mozilla/5.0",
}
EXAMPLE_PICTURE_ID = "kW0x6fM1m2bC4hJY9s8QnA"
EXAMPLE_GALLERY: dict[str, Any] = {
    "label": "For the insurer",
    "device_name": "Bench camera",
    "captures": [
        {
            "id": EXAMPLE_PICTURE_ID,
            "captured_at": "2026-11-22T07:30:00.123Z",
            "state": "abnormal",
            "reason": "The drill is gone.",
            "evaluation_status": "completed",
            "width": 1280,
            "height": 720,
            "thumbnail_url": f"/api/s/{EXAMPLE_TOKEN}/thumbnails/{EXAMPLE_PICTURE_ID}",
            "image_url": f"/api/s/{EXAMPLE_TOKEN}/images/{EXAMPLE_PICTURE_ID}",
        }
    ],
    "expires_at": "2026-11-23T07:40:00.000Z",
    "next_cursor": None,
}


class ShareBody(Body):
    """What to share: `record_id` for a capture, `from` and `to` for a date range.

    Of a device everything is shown, also what is still to come. `states` narrows it down.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "share_type": "capture",
                    "record_id": EXAMPLE_RECORD_ID,
                    "expires_in_hours": 24,
                    "max_views": 10,
                    "label": "For the insurer",
                }
            ]
        }
    )

    share_type: ShareType
    record_id: Annotated[str, OneLine(at_least=1, at_most=64)] | None = None
    after: Moment | None = Field(default=None, alias="from")
    before: Moment | None = Field(default=None, alias="to")
    """Not included."""
    expires_in_hours: Hours = DAY_HOURS
    max_views: Views | None = None
    passcode: Passcode | None = None
    states: Annotated[list[State], Field(max_length=len(State)), NullAs(list)] = Field(
        default_factory=list
    )
    label: Label | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.record_id is not None) is not (self.share_type is ShareType.CAPTURE):
            raise ValueError("`record_id` goes with the share_type `capture`, and only there")
        spans = (self.after is not None, self.before is not None)
        if spans != (self.share_type is ShareType.DATE_RANGE,) * 2:
            raise ValueError("`from` and `to` go with the share_type `date_range`, and only there")
        if self.after and self.before and self.after >= self.before:
            raise ValueError("`from` must be earlier than `to`")
        return self


class ShareChangesBody(Body):
    """What is to change; `expires_in_hours` counts from now, `max_views` null is without limit."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"label": "For the insurer", "expires_in_hours": 72}]}
    )

    label: Label | None = None
    expires_in_hours: Hours | None = None
    max_views: Views | None = None


class PasscodeBody(Body):
    """What a link asks for besides itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"passcode": "quince"}]})

    passcode: Annotated[Secret, StringConstraints(max_length=LONGEST_PASSCODE)]


class ShareLinkDocument(BaseModel):
    """A share link as its organization sees it: never its token."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_SHARE]}, serialize_by_alias=True
    )

    id: str
    label: str | None
    device_id: str
    device_name: str
    share_type: ShareType
    record_id: str | None
    after: datetime | None = Field(alias="from")
    before: datetime | None = Field(alias="to")
    states: list[State]
    state: ShareState
    created_at: datetime
    created_by: str
    expires_at: datetime
    view_count: int
    last_viewed_at: datetime | None
    max_views: int | None
    has_passcode: bool
    revoked_at: datetime | None


class MadeShareDocument(ShareLinkDocument):
    """A new link: its token, address and QR code are shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                EXAMPLE_SHARE
                | {
                    "view_count": 0,
                    "last_viewed_at": None,
                    "token": EXAMPLE_TOKEN,
                    "url": f"https://visant.example/s/{EXAMPLE_TOKEN}",
                    "qr_code_svg": "<svg …></svg>",
                }
            ]
        }
    )

    token: str
    url: str
    qr_code_svg: str


class ShareLinkList(BaseModel):
    """A page of share links, the last made first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"share_links": [EXAMPLE_SHARE], "next_cursor": None}]}
    )

    share_links: list[ShareLinkDocument]
    next_cursor: str | None


class ShareViewDocument(BaseModel):
    """One visit by a link, when it began."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_VIEW]})

    viewed_at: datetime
    address: str
    user_agent: str | None


class ShareViewList(BaseModel):
    """A page of a link's views, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE_VIEW], "next_cursor": None}]}
    )

    items: list[ShareViewDocument]
    next_cursor: str | None


class SharedCapture(BaseModel):
    """One capture in a gallery. Its id is good inside this link only."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_GALLERY["captures"][0]]})

    id: str
    captured_at: datetime
    state: State | None
    """None where it is not judged, or not yet."""
    reason: str | None
    evaluation_status: EvaluationStatus
    width: int
    height: int
    thumbnail_url: str
    image_url: str | None
    """None where only the thumbnail is kept."""


class Gallery(BaseModel):
    """What a link shows, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_GALLERY]})

    label: str | None
    device_name: str
    captures: list[SharedCapture]
    expires_at: datetime
    next_cursor: str | None
