"""The words of a day's digest."""

from typing import Any

import orjson

from cloud.alerts.digest_mails import render_digest
from cloud.alerts.models import DeliveryKind
from cloud.alerts.notes import Note
from cloud.channels.channel import ChannelKind, Message
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings

COUNTS = {"received": 288, "judged": 288, "failed": 0, "abnormal": 0, "uncertain": 0, "waiting": 0}
COST = {"ai_calls": 12, "cost_usd": 0.12, "unpriced_calls": 0}
NO_RATE = {"count": 0, "of": 0, "share": None}
GAP = {
    "from": "2026-11-22T21:12:00.000Z",
    "to": "2026-11-22T22:40:00.000Z",
    "code": "silent",
    "why": "no pictures came",
}
INCIDENT = {
    "id": "0199f1c2-91aa-7f02-8d35-5b1a0c9e4d21",
    "kind": "abnormal",
    "state": "resolved",
    "opened_at": "2026-11-22T08:01:00.000Z",
    "resolved_at": "2026-11-22T08:31:00.000Z",
    "resolved_as": "real",
    "reason": "The drill is gone.",
}


def camera(**changes: Any) -> dict[str, Any]:
    return {
        "device_id": "VS-7K3M-9QXT-4HWC",
        "friendly_name": "Bench camera",
        "expected": 288,
        **COUNTS,
        "snoozed_until": None,
        "not_watched_seconds": 0,
        "gaps": [],
        "incidents": [],
        "false_alarms": NO_RATE,
        **COST,
        **changes,
    }


def digest(*cameras: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "day": "2026-11-23",
        "from": "2026-11-22T06:00:00.000Z",
        "to": "2026-11-23T06:00:00.000Z",
        "time_zone": "Europe/Zurich",
        "expected": 288,
        **COUNTS,
        "incidents": 0,
        "false_alarms": NO_RATE,
        **COST,
        "held_back": {},
        "cameras": list(cameras),
        **changes,
    }


def render(
    document: dict[str, Any], settings: Settings, channel: ChannelKind = ChannelKind.EMAIL
) -> Message:
    note = Note(new_id(), DeliveryKind.DIGEST, "anna@example.com", "Lindenhof", channel)
    return render_digest(note, document, settings)


def test_a_silent_day_is_proof_that_it_was_watched(settings: Settings) -> None:
    message = render(digest(camera(), camera(friendly_name="Shelf")), settings)
    assert message.subject.endswith("Lindenhof: all 2 cameras were watched, no incident")
    assert "288 of 288 pictures came, all judged" in message.text
    assert "Sunday 22 November 2026, 07:00:00 CET to" in message.text
    assert "$0.12 for 12 model calls" in message.text
    assert "✓ Watched" in message.html


def test_a_gap_is_named_with_its_hours_and_its_cause(settings: Settings) -> None:
    message = render(digest(camera(gaps=[GAP], not_watched_seconds=5280), camera()), settings)
    assert "1 of 2 cameras had gaps" in message.subject
    assert "Not watched Sun 22:12 to Sun 23:40: no pictures came" in message.text
    assert "Not watched Sun 22:12 to Sun 23:40: no pictures came" in message.html


def test_an_incident_is_told_with_its_reason_and_its_end(settings: Settings) -> None:
    lasting = INCIDENT | {"state": "open", "resolved_at": None, "resolved_as": None}
    message = render(digest(camera(incidents=[INCIDENT, lasting]), incidents=2), settings)
    assert "Sun 09:01 to Sun 09:31: abnormal — The drill is gone; it was real" in message.text
    assert "since Sun 09:01: abnormal — The drill is gone; still open" in message.text
    assert "▲ An incident is open" in message.html


def test_what_was_not_judged_what_waits_and_what_is_wrong_is_counted(settings: Settings) -> None:
    counts = {"received": 280, "judged": 270, "failed": 8, "waiting": 2}
    rates = {"false_alarms": {"count": 1, "of": 4, "share": 0.25}}
    held = {"held_back": {"quiet_hours": 3}}
    snoozed = {"snoozed_until": "2026-11-23T11:00:00.000Z"}
    message = render(digest(camera(**snoozed), **counts, **rates, **held), settings)
    said = "280 of 288 pictures came, 270 judged, 8 not judged, 2 still being judged"
    assert said in message.text
    assert "1 false alarm of 4 judged incidents in 90 days (25%)" in message.text
    assert "3 messages held back by the quiet hours" in message.text
    assert "Snoozed until Monday 23 November 2026, 12:00:00 CET" in message.text


def test_a_chat_hears_only_of_what_is_not_as_it_should_be(settings: Settings) -> None:
    document = digest(camera(friendly_name="Quiet"), camera(gaps=[GAP], friendly_name="Gone"))
    text = render(document, settings, ChannelKind.APPRISE).text
    assert "Gone: not watched Sun 22:12" in text
    assert "Quiet" not in text
    assert len(text.splitlines()) < 8


def test_a_program_gets_the_day_as_it_was_found_out(settings: Settings) -> None:
    document = digest(camera())
    data = orjson.loads(orjson.dumps(render(document, settings).data))
    assert data["type"] == "digest.daily"
    assert data["data"] == {**document, "organization": "Lindenhof"}


def test_names_are_text_and_never_markup(settings: Settings) -> None:
    message = render(digest(camera(friendly_name="<b>Bench</b>\r\nBcc: x@y.z")), settings)
    assert "<b>Bench" not in message.html
    assert "\n" not in message.subject
