"""The words of incident mails: as text and as HTML, with the picture first.

Names, reasons and notes come from outside. They are escaped in the HTML, and made one line in the
subject; the channel that writes headers cleans them once more.
"""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cloud.alerts.letters import Letter
from cloud.alerts.models import DeliveryKind, HeldBy, IncidentKind, MailedAction
from cloud.alerts.wording import wording_of
from cloud.channels.channel import InlineImage, Message
from cloud.channels.email_message import LONGEST_SUBJECT
from cloud.channels.mail_templates import make_message_id, open_mail_templates
from cloud.channels.plain_words import clean_line
from cloud.kit.settings import Settings

PICTURE_ID = "capture"

UNWATCHED = frozenset({IncidentKind.OFFLINE, IncidentKind.AI_FAILING, IncidentKind.SCENE_UNUSABLE})
ABNORMAL_EDGE, UNWATCHED_EDGE = "#b0231a", "#545965"
"""Colours: of a picture that is not as it should be, and of nobody looking."""

TEMPLATES = open_mail_templates(Path(__file__).parent / "templates")


def render_letter(letter: Letter, picture: bytes | None, settings: Settings) -> Message:
    """The message of a letter. Its id is the same at every attempt."""
    template = "recovered" if letter.kind == DeliveryKind.RECOVERED else "opened"
    words = _words(letter, settings) | {"picture_id": PICTURE_ID if picture else None}
    return Message(
        message_id=make_message_id(letter.delivery_id, settings.base_url),
        to=letter.recipient,
        subject=_subject(letter, settings.alert_environment_label),
        text=TEMPLATES.get_template(f"{template}.txt").render(words),
        html=TEMPLATES.get_template(f"{template}.html").render(words),
        inline_images=(InlineImage(PICTURE_ID, picture),) if picture else (),
        in_reply_to=make_message_id(letter.answers, settings.base_url) if letter.answers else None,
        unsubscribe_url=letter.links.get(MailedAction.UNSUBSCRIBE),
        data=_data(letter, settings),
    )


def _data(letter: Letter, settings: Settings) -> dict[str, object]:
    """What a program gets: the kind of news, and the incident as the API gives it."""
    page = f"{settings.base_url}/ui/incidents/{letter.incident.id}"
    return {
        "type": f"incident.{letter.kind}",
        "timestamp": letter.incident.resolved_at or letter.incident.opened_at,
        "data": {**letter.document, "url": page},
    }


def _subject(letter: Letter, label: str) -> str:
    prefix = f"[{label}] " if label else ""
    wording = wording_of(letter.incident.kind)
    if letter.kind == DeliveryKind.RECOVERED:
        what = wording.recovered_subject
    else:
        what = f"{wording.opened_subject}{ADDED.get(letter.kind, '')}"
        if letter.capture and letter.capture.reason:
            what += f" — {letter.capture.reason}"
    return clean_line(f"{prefix}{letter.device_name}: {what}", LONGEST_SUBJECT)


def _words(letter: Letter, settings: Settings) -> dict[str, object]:
    incident, capture = letter.incident, letter.capture
    ended = incident.resolved_at
    pages = f"{settings.base_url}/ui"
    wording = wording_of(incident.kind)
    return {
        "device_name": letter.device_name,
        "wording": wording,
        "edge": UNWATCHED_EDGE if incident.kind in UNWATCHED else ABNORMAL_EDGE,
        "again": letter.kind == DeliveryKind.REMINDER,
        "unseen": letter.kind == DeliveryKind.ESCALATED,
        "reason": capture.reason if capture else None,
        "score": round(capture.score * 100) if capture and capture.score is not None else None,
        "opened_at": say_when(incident.opened_at, letter.zone),
        "ended_at": say_when(ended, letter.zone) if ended else None,
        "held": _say_held(letter),
        "lasted": say_span(ended - incident.opened_at) if ended else None,
        "acknowledge_url": letter.links.get(MailedAction.ACKNOWLEDGE),
        "false_alarm_url": letter.links.get(MailedAction.FALSE_ALARM),
        "unsubscribe_url": letter.links.get(MailedAction.UNSUBSCRIBE),
        "incident_url": f"{pages}/incidents/{incident.id}",
        "capture_url": f"{pages}/captures/{capture.id}" if capture else None,
        "label": settings.alert_environment_label,
        "recipient": letter.recipient,
        "site": urlsplit(settings.base_url).netloc,
    }


def _say_held(letter: Letter) -> str | None:
    """What kept the message back, and what has come since; None where nothing did."""
    if letter.held_by is None:
        return None
    count = letter.incident.captures_count
    since = f" So far {count} pictures were like this." if count > 1 else ""
    return f"This waited for the end of {HOLDS[letter.held_by]}.{since}"


def say_when(moment: datetime, zone: str) -> str:
    """`Sunday 22 November 2026, 08:30:12 CET`."""
    local = moment.astimezone(find_zone(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S} {local:%Z}"


def find_zone(name: str) -> ZoneInfo:
    """The zone of this name; UTC where the name is not known here any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def say_span(span: timedelta) -> str:
    """In the largest unit that says enough: `41 seconds`, `12 minutes`, `3 hours`, `2 days`."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size, until in SPANS:
        if seconds < until:
            count = max(1, seconds // size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds // DAY} days"


ADDED = {DeliveryKind.REMINDER: " again", DeliveryKind.ESCALATED: ", and nobody has seen it"}
"""What a subject says of a message that is not the first."""

HOLDS = {
    HeldBy.SNOOZE: "the camera’s snooze",
    HeldBy.QUIET_HOURS: "the quiet hours",
    HeldBy.HOURLY_CAP: "an hour full of messages",
}

MINUTE, HOUR, DAY = 60, 3600, 86_400
SPANS = (("second", 1, 2 * MINUTE), ("minute", MINUTE, 2 * HOUR), ("hour", HOUR, 2 * DAY))
