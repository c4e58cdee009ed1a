"""The form that makes a share link, as the API's body; its times are in the reader's zone."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from cloud.kit.errors import FieldError, Malformed
from cloud.sharing.models import ShareType
from cloud.sharing.schemas import ShareBody
from cloud.web.forms import Form, validate

EXPIRIES: Mapping[str, str] = {
    "1": "an hour",
    "24": "a day",
    "168": "a week",
    "720": "30 days",
}
"""Hours, and how people say them."""

FIELDS = ("share_type", "record_id", "expires_in_hours", "max_views", "passcode", "label")
TIMES = ("from", "to")

FIELD_OF_PROBLEM = {"capture_not_found": "share_type"}


def read_share_form(form: Form, zone: tzinfo) -> ShareBody:
    """What is to be shared. Raises Malformed with a sentence for each wrong field."""
    given: dict[str, Any] = {name: form.text(name) for name in FIELDS if form.text(name)}
    given["states"] = form.texts("states")
    if given.get("share_type") != ShareType.CAPTURE:
        given.pop("record_id", None)
    if given.get("share_type") == ShareType.DATE_RANGE:
        given |= {name: _read_time(form, name, zone) for name in TIMES}
    return validate(ShareBody, given)


def type_time(moment: datetime | None, zone: tzinfo) -> str:
    """A moment as a browser's field for times has it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""


def _read_time(form: Form, name: str, zone: tzinfo) -> datetime:
    try:
        return datetime.fromisoformat(form.text(name)).replace(tzinfo=zone)
    except ValueError:
        wrong = (FieldError(name, "Say a day and a time"),)
        raise Malformed("form_malformed", "A time is missing.", errors=wrong) from None
