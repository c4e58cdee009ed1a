"""The words of the daily digest: as HTML and as text, and a shorter text for chat services.

Names and reasons come from outside; they are escaped in the HTML, and one line in the subject.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cloud.alerts.mails import (
    ABNORMAL_EDGE,
    HOLDS,
    TEMPLATES,
    UNWATCHED_EDGE,
    find_zone,
    say_span,
    say_when,
)
from cloud.alerts.models import HeldBy, IncidentKind, IncidentState, MailedAction, ResolvedAs
from cloud.alerts.notes import Note
from cloud.alerts.wording import wording_of
from cloud.channels.channel import ChannelKind, Message
from cloud.channels.email_message import LONGEST_SUBJECT
from cloud.channels.mail_templates import make_message_id
from cloud.channels.plain_words import clean_line
from cloud.kit.settings import Settings

WELL_EDGE = "#17683a"
CENT = 0.01

Document = Mapping[str, Any]
"""A digest, or one camera or incident of it, as `cloud.watch.digest` made it."""


def render_digest(note: Note, digest: Document, settings: Settings) -> Message:
    """The message of a day's digest."""
    words = _words(note, digest, settings)
    label = settings.alert_environment_label
    subject = f"{words['headline']}, {words['incidents']}"
    prefix = f"[{label}] " if label else ""
    text = "digest_short" if note.channel is ChannelKind.APPRISE else "digest"
    return Message(
        message_id=make_message_id(note.delivery_id, settings.base_url),
        to=note.recipient,
        subject=clean_line(f"{prefix}{note.organization_name}: {subject}", LONGEST_SUBJECT),
        text=TEMPLATES.get_template(f"{text}.txt").render(words),
        html=TEMPLATES.get_template("digest.html").render(words),
        unsubscribe_url=note.links.get(MailedAction.UNSUBSCRIBE),
        data={
            "type": "digest.daily",
            "timestamp": datetime.fromisoformat(digest["to"]),
            "data": {**digest, "organization": note.organization_name},
        },
    )


def _words(note: Note, digest: Document, settings: Settings) -> dict[str, Any]:
    zone = digest["time_zone"]
    edge, state = _standing(digest)
    return {
        "organization_name": note.organization_name,
        "headline": _headline(digest["cameras"]),
        "incidents": _count(digest["incidents"], "incident"),
        "begin": say_when(datetime.fromisoformat(digest["from"]), zone),
        "end": say_when(datetime.fromisoformat(digest["to"]), zone),
        "pictures": _say_pictures(digest),
        "false_alarms": _say_false_alarms(digest["false_alarms"]),
        "cost": _say_cost(digest),
        "held": [
            f"{_count(count, 'message')} held back by {HOLDS[HeldBy(by)]}"
            for by, count in digest["held_back"].items()
        ],
        "cameras": [_camera_words(each, zone, settings) for each in digest["cameras"]],
        "edge": edge,
        "state": state,
        "pages_url": f"{settings.base_url}/ui",
        "unsubscribe_url": note.links.get(MailedAction.UNSUBSCRIBE),
        "label": settings.alert_environment_label,
        "recipient": note.recipient,
        "site": urlsplit(settings.base_url).netloc,
    }


def _standing(digest: Document) -> tuple[str, str]:
    """The colour and the word over everything: what needs somebody comes first."""
    incidents = [one for camera in digest["cameras"] for one in camera["incidents"]]
    if any(_is_open(one) and one["kind"] == IncidentKind.ABNORMAL for one in incidents):
        return ABNORMAL_EDGE, "▲ An incident is open"
    if any(camera["gaps"] for camera in digest["cameras"]):
        return UNWATCHED_EDGE, "◌ Not watched all the time"
    return WELL_EDGE, "✓ Watched"


def _headline(cameras: Sequence[Document]) -> str:
    gapped, count = sum(bool(camera["gaps"]) for camera in cameras), len(cameras)
    if not gapped:
        return "the camera was watched" if count == 1 else f"all {count} cameras were watched"
    return "the camera had gaps" if count == 1 else f"{gapped} of {count} cameras had gaps"


def _camera_words(camera: Document, zone: str, settings: Settings) -> dict[str, Any]:
    snoozed = camera["snoozed_until"]
    not_watched = timedelta(seconds=camera["not_watched_seconds"])
    return {
        "name": camera["friendly_name"],
        "url": f"{settings.base_url}/ui/cameras/{camera['device_id']}",
        "pictures": _say_pictures(camera),
        "snoozed": say_when(datetime.fromisoformat(snoozed), zone) if snoozed else None,
        "not_watched": say_span(not_watched) if camera["gaps"] else None,
        "gaps": [f"{_say_from_to(gap, zone)}: {gap['why']}" for gap in camera["gaps"]],
        "incidents": [_say_incident(one, zone) for one in camera["incidents"]],
        "false_alarms": _say_false_alarms(camera["false_alarms"]),
        "cost": _say_cost(camera),
    }


def _say_pictures(counts: Document) -> str:
    """`287 of 288 pictures came, all judged`."""
    received, expected, left = counts["received"], counts["expected"], []
    came = f"{received:,} of {expected:,} pictures came" if expected else f"{received:,} pictures"
    if counts["failed"]:
        left.append(f"{counts['failed']:,} not judged")
    if counts["waiting"]:
        left.append(f"{counts['waiting']:,} still being judged")
    if counts["uncertain"]:
        left.append(f"{counts['uncertain']:,} uncertain")
    judged = f", {counts['judged']:,} judged" if left else ", all judged"
    return came + (", ".join([judged, *left]) if received else "")


def _say_incident(incident: Document, zone: str) -> str:
    """`Sun 09:01 to Sun 09:31: abnormal, The drill is gone. It was real`."""
    wording = wording_of(incident["kind"])
    spoken = {"from": incident["opened_at"], "to": incident["resolved_at"]}
    reason = f" — {incident['reason'].rstrip('.')}" if incident["reason"] else ""
    ended = ENDINGS.get(incident["resolved_as"] or incident["state"], wording.recovered_subject)
    return f"{_say_from_to(spoken, zone)}: {wording.opened_subject}{reason}; {ended}"


def _say_from_to(span: Document, zone: str) -> str:
    begin = _say_time(datetime.fromisoformat(span["from"]), zone)
    if span["to"] is None:
        return f"since {begin}"
    return f"{begin} to {_say_time(datetime.fromisoformat(span['to']), zone)}"


def _say_time(moment: datetime, zone: str) -> str:
    """`Sun 08:30`."""
    return f"{moment.astimezone(find_zone(zone)):%a %H:%M}"


def _say_false_alarms(rate: Document) -> str | None:
    """None where nobody has said of an incident whether it was real."""
    if not rate["of"]:
        return None
    among = f"of {_count(rate['of'], 'judged incident')} in 90 days"
    return f"{_count(rate['count'], 'false alarm')} {among} ({rate['share']:.0%})"


def _say_cost(used: Document) -> str:
    dollars, unpriced = used["cost_usd"], used["unpriced_calls"]
    if not used["ai_calls"]:
        return "no model was paid"
    spoken = f"${dollars:.2f}" if dollars >= CENT or not dollars else f"${dollars:.5f}"
    extra = f", and {_count(unpriced, 'call')} whose price is not known" if unpriced else ""
    return f"{spoken} for {_count(used['ai_calls'], 'model call')}{extra}"


def _is_open(incident: Document) -> bool:
    return bool(incident["state"] != IncidentState.RESOLVED)


def _count(number: int, what: str) -> str:
    if not number:
        return f"no {what}"
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


ENDINGS = {
    IncidentState.OPEN: "still open",
    IncidentState.ACKNOWLEDGED: "somebody looks after it",
    ResolvedAs.REAL: "it was real",
    ResolvedAs.FALSE_ALARM: "a false alarm",
    ResolvedAs.RELEASED: "its camera was released",
    ResolvedAs.PAUSED: "its camera was paused",
    ResolvedAs.INTERVAL_OFF: "its interval was switched off",
    ResolvedAs.TRIAL_ENDED: "the trial ended",
}
