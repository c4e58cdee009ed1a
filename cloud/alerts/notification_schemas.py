"""What the addresses of notifications take and give, as the OpenAPI document says it."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from cloud.accounts.emails import EmailAddress
from cloud.alerts.notifications import COOLDOWN_MINUTES, OFFLINE_AFTER_MINUTES
from cloud.channels.outbound import LONGEST_URL
from cloud.kit.bodies import Body, NullAs, OneLine, ReadOnly
from cloud.kit.time_zones import TimeZoneName
from cloud.kit.weekly_hours import WeeklyHours

MOST_CHANNELS = 20
MOST_QUIET_HOURS = 14
LONGEST_COOLDOWN_MINUTES = 7 * 24 * 60
LONGEST_ABSENCE_MINUTES = 7 * 24 * 60
LONGEST_WAIT_MINUTES = 7 * 24 * 60
LONGEST_SECRET = 128

EXAMPLE_NOTIFICATIONS: dict[str, Any] = {
    "enabled": True,
    "channels": [
        {"kind": "email", "to": "anna@example.com"},
        {"kind": "webhook", "url": "https://hooks.example.com/visant"},
        {"kind": "apprise", "url": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"},
    ],
    "cooldown_minutes": 30,
    "on_uncertain": False,
    "on_offline_after_minutes": 15,
    "quiet_hours": [
        {
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "from": "22:00",
            "to": "06:00",
            "time_zone": "Europe/Zurich",
        }
    ],
    "escalation": {
        "after_minutes": 15,
        "channels": [{"kind": "email", "to": "boss@example.com"}],
    },
}

Url = Annotated[str, OneLine(at_least=1, at_most=LONGEST_URL)]


class EmailChannelBody(Body):
    """One address that is told. Whoever reads one that is not yours is asked first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "email", "to": "anna@example.com"}]}
    )

    kind: Literal["email"]
    to: EmailAddress
    silent: ReadOnly = None


class WebhookChannelBody(Body):
    """A web address that gets signed JSON (standardwebhooks.com).

    Without a secret one is made, and answered once. A new secret for a known address takes over;
    the one before signs as well for a day.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "webhook", "url": "https://hooks.example.com/visant"}]
        }
    )

    kind: Literal["webhook"]
    url: Url
    secret: Annotated[str, OneLine(at_most=LONGEST_SECRET)] | None = None
    silent: ReadOnly = None


class AppriseChannelBody(Body):
    """A chat service, by its Apprise URL: as of Slack, Telegram, ntfy.sh, Discord, Teams."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "apprise", "url": "ntfy://a-topic-of-yours"}]}
    )

    kind: Literal["apprise"]
    url: Url
    silent: ReadOnly = None


AnyChannel = EmailChannelBody | WebhookChannelBody | AppriseChannelBody

KINDS: dict[object, type[AnyChannel]] = {
    "email": EmailChannelBody,
    "webhook": WebhookChannelBody,
    "apprise": AppriseChannelBody,
}


def _read_by_kind(value: Any) -> Any:
    """A channel of its kind, so that what is wrong is named as the request names it."""
    if not isinstance(value, dict):
        return value
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        error = InitErrorDetails(
            type=PydanticCustomError("kind", f"must be one of {', '.join(map(str, KINDS))}"),
            loc=("kind",),
            input=None,
        )
        raise ValidationError.from_exception_data("channel", [error], hide_input=True)
    return KINDS[kind].model_validate(value)


ChannelBody = Annotated[AnyChannel, Field(discriminator="kind"), BeforeValidator(_read_by_kind)]


class QuietHoursBody(WeeklyHours):
    """Hours in which nobody is told. Without `time_zone` the organization's counts."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLE_NOTIFICATIONS["quiet_hours"]})

    time_zone: TimeZoneName | None = None


class EscalationBody(Body):
    """Who else is told, once, when nobody acknowledges an open incident in time."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS["escalation"]]})

    after_minutes: int = Field(ge=1, le=LONGEST_WAIT_MINUTES)
    channels: list[ChannelBody] = Field(min_length=1, max_length=MOST_CHANNELS)

    @field_validator("channels")
    @classmethod
    def _each_once(cls, channels: list[ChannelBody]) -> list[ChannelBody]:
        return _once(channels)


class NotificationsBody(Body):
    """Who is told of incidents, and how often. What is left out stays as it is.

    `cooldown_minutes` is the least time between two messages that a camera is not as it should be.
    With `on_uncertain` an uncertain verdict counts as an abnormal one. A camera that is away for
    `on_offline_after_minutes` is an incident; null: never. What comes due in the `quiet_hours` is
    sent when they are over, of what lasts then. When nobody acknowledges an incident within
    `escalation.after_minutes`, its channels are told too, once.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS]})

    enabled: bool = True
    channels: list[ChannelBody] = Field(default_factory=list, max_length=MOST_CHANNELS)
    cooldown_minutes: int = Field(default=COOLDOWN_MINUTES, ge=0, le=LONGEST_COOLDOWN_MINUTES)
    on_uncertain: bool = False
    on_offline_after_minutes: int | None = Field(
        default=OFFLINE_AFTER_MINUTES, ge=1, le=LONGEST_ABSENCE_MINUTES
    )
    quiet_hours: Annotated[
        list[QuietHoursBody], Field(max_length=MOST_QUIET_HOURS), NullAs(list)
    ] = Field(default_factory=list)
    escalation: EscalationBody | None = None

    @field_validator("channels")
    @classmethod
    def _each_once(cls, channels: list[ChannelBody]) -> list[ChannelBody]:
        return _once(channels)


CHOICES = frozenset(NotificationsBody.model_fields)


class OrganizationNotificationsBody(NotificationsBody):
    """As above, and whether a digest of each day is sent in the morning."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS | {"daily_digest": True}]}
    )

    daily_digest: bool = True


class DeviceNotificationsBody(NotificationsBody):
    """What one camera does otherwise. What is in `inherit` is the organization's choice again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cooldown_minutes": 5, "inherit": ["channels"]}]}
    )

    inherit: list[str] = Field(default_factory=list, max_length=len(CHOICES))
    own: ReadOnly = None

    @model_validator(mode="after")
    def _check_inherited(self) -> "DeviceNotificationsBody":
        for name in self.inherit:
            if name not in CHOICES:
                raise ValueError(f"inherit may name these: {', '.join(sorted(CHOICES))}")
            if name in self.model_fields_set:
                raise ValueError(f"{name} is both chosen and inherited")
        return self


class ChannelDocument(BaseModel):
    """Somebody who is told. `silent` says why nothing is sent there, where that is so.

    `to` is an e-mail's; `url` a webhook's or chat service's, without its secrets for whoever may
    not change it. `secret` is there once, when it was made.
    """

    kind: Literal["email", "webhook", "apprise"]
    to: str | None = None
    url: str | None = None
    secret: str | None = None
    silent: str | None = None


class EscalationDocument(BaseModel):
    """Who else is told, and after how long."""

    after_minutes: int
    channels: list[ChannelDocument]


class NotificationsDocument(BaseModel):
    """What is in force. Until recipients are chosen, the organization's owners are told."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS]})

    enabled: bool
    channels: list[ChannelDocument]
    cooldown_minutes: int
    on_uncertain: bool
    on_offline_after_minutes: int | None
    quiet_hours: list[QuietHoursBody]
    escalation: EscalationDocument | None


class OrganizationNotificationsDocument(NotificationsDocument):
    """What is in force for the organization; `daily_digest`: whether each morning tells the day."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS | {"daily_digest": True}]}
    )

    daily_digest: bool


class DeviceNotificationsDocument(NotificationsDocument):
    """What is in force for one camera; `own` names what it does not inherit."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [EXAMPLE_NOTIFICATIONS | {"own": ["cooldown_minutes"]}]}
    )

    own: list[str]


PreviewKind = Literal["opened", "reminder", "escalated", "recovered"]
AnyPreviewKind = Literal["opened", "reminder", "escalated", "recovered", "digest"]


class PreviewDocument(BaseModel):
    """A message that nobody gets: as e-mail (subject, text, HTML with its picture) and webhook."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "subject": "Bench camera: abnormal — The drill is gone.",
                    "text": "Bench camera is not as it should be.",
                    "html": "<!doctype html>…",
                    "webhook": {"type": "incident.opened", "data": {"kind": "abnormal"}},
                }
            ]
        }
    )

    subject: str
    text: str
    html: str
    webhook: dict[str, Any]


def _once(channels: list[ChannelBody]) -> list[ChannelBody]:
    return list({_address(channel): channel for channel in channels}.values())


def _address(channel: AnyChannel) -> str:
    return channel.to if isinstance(channel, EmailChannelBody) else channel.url
