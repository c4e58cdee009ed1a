"""What a user has chosen for their own pages."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Text, cast, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cloud.accounts.models import User
from cloud.accounts.sessions import Person
from cloud.kit.bodies import Body, Moment, OneLine
from cloud.kit.database import Work
from cloud.kit.time_zones import TimeZoneName

MOST_SAVED = 20
LONGEST_NAME = 60
LONGEST_SEARCH = 200


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ShownState(StrEnum):
    """What captures can be filtered by: a verdict's state, or that there is none."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNCERTAIN = "uncertain"
    PENDING = "pending"
    FAILED = "failed"


class Preset(StrEnum):
    """A span of time that ends now, or a day of the user's time zone."""

    HOUR = "hour"
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"


class Filters(Body):
    """What the user last looked for in the gallery; null does not filter."""

    model_config = ConfigDict(serialize_by_alias=True)

    states: list[ShownState] = Field(default_factory=list, max_length=len(ShownState))
    preset: Preset | None = None
    after: Moment | None = Field(default=None, alias="from")
    before: Moment | None = Field(default=None, alias="to")
    device_id: Annotated[str, OneLine(at_least=1, at_most=64)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.after and self.before and self.after > self.before:
            raise ValueError("`from` must not be later than `to`")
        return self


class SavedFilters(Filters):
    """What the gallery is filtered by, under a name; for every camera where none is named."""

    name: Annotated[str, OneLine(at_least=1, at_most=LONGEST_NAME)]
    trigger_label: Annotated[str, OneLine(at_most=LONGEST_SEARCH)] | None = None
    q: Annotated[str, OneLine(at_most=LONGEST_SEARCH)] | None = None


class Preferences(Body):
    """A PUT changes what it names and leaves the rest; lists and objects are replaced as wholes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "theme": "dark",
                    "time_zone": "Europe/Zurich",
                    "page_size": 50,
                    "single_keys": True,
                    "filters": {
                        "states": ["abnormal"],
                        "preset": "today",
                        "from": None,
                        "to": None,
                        "device_id": None,
                    },
                    "saved_filters": [
                        {
                            "name": "Missed at night",
                            "states": ["failed"],
                            "preset": "yesterday",
                            "from": None,
                            "to": None,
                            "device_id": None,
                            "trigger_label": None,
                            "q": "dark",
                        }
                    ],
                }
            ]
        }
    )

    theme: Theme = Theme.SYSTEM
    time_zone: TimeZoneName = "UTC"
    page_size: int = Field(default=50, ge=1, le=200)
    single_keys: bool = True
    """Whether single characters are shortcuts on the pages."""
    filters: Filters = Field(default_factory=Filters)
    saved_filters: list[SavedFilters] = Field(default_factory=list, max_length=MOST_SAVED)

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = {saved.name for saved in self.saved_filters}
        if len(names) < len(self.saved_filters):
            raise ValueError("two of `saved_filters` have the same name")
        return self


def read_preferences(stored: Mapping[str, Any]) -> Preferences:
    """A user's stored preferences; the defaults where they are not understood any more."""
    try:
        return Preferences.model_validate(stored)
    except ValidationError:
        return Preferences()


async def change_preferences(
    work: Work, who: Person, wanted: Preferences, *, forget: Sequence[str] = ()
) -> Preferences:
    """Store what was named, forget what is to be as by default, and give all of them."""
    named = wanted.model_dump(mode="json", exclude_unset=True, by_alias=True)
    kept = User.preferences.op("-")(cast(list(forget), ARRAY(Text)))
    stored = await work.scalar(
        update(User)
        .where(User.id == who.user_id)
        .values(preferences=kept.op("||")(cast(named, JSONB)))
        .returning(User.preferences)
    )
    return read_preferences(stored)
