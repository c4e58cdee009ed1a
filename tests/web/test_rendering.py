import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from jinja2 import UndefinedError

from cloud.accounts.preferences import ShownState
from cloud.captures.comparing import Reference
from cloud.devices.config import ConfigDocument
from cloud.devices.pairing import IssuedPairingCode
from cloud.evaluation.effects import Effects, Reusable
from cloud.sharing.documents import share_link_document
from cloud.watch.digest.gaps import Gap
from cloud.watch.watched_days import WatchedDay
from cloud.web import stages
from cloud.web.arriving import Arrival, Stage
from cloud.web.day_strip import DayStrip
from cloud.web.filters import Filters
from cloud.web.missing import MissingPictures
from cloud.web.organization.bars import Bar
from cloud.web.rendering import (
    TEMPLATE_DIRECTORY,
    cost,
    make_pages,
    percent,
    plain,
    size,
    svg_image,
)
from cloud.web.saved_filters import Choice, SavedChoices
from cloud.web.setting_up import ShownOnce
from cloud.web.settings.orders import presets
from cloud.web.settings.sections import RANGES, flatten
from cloud.web.settings.tabs import CAPTURE, DANGER, PRIVACY, SCHEDULES, TABS, VERDICT
from cloud.web.share_forms import EXPIRIES
from cloud.web.triggers import Triggers, draw_line
from tests.web.documents import (
    NOW,
    camera,
    capture,
    delivery,
    device,
    error_rates,
    frame,
    incident,
    share,
    shared_capture,
    trigger,
    user,
)

PAGES = make_pages()
CAPTURE_FORM = {
    "friendly_name": "Tool wall",
    "location": "",
    **flatten(ConfigDocument()),
}
SETTINGS_PAGE: dict[str, Any] = {
    "camera": camera(),
    "tabs": TABS,
    "config_version": 3,
    "in_force": CAPTURE_FORM,
    "values": CAPTURE_FORM | {"capture.width": "wide", "capture.quality": 70},
    "ranges": RANGES,
    "is_conflict": True,
    "errors": {"capture.width": "Must be a whole number from 160 to 8192."},
}
SCHEDULE: dict[str, Any] = {
    "id": "0199f1c2-0000-7c5a-9a41-2f7d3b6c1e77",
    "words": "every day at 08:00",
    "enabled": True,
    "time_zone": "Europe/Zurich",
    "label": "Morning",
    "next": [NOW],
}
FILTERS = Filters(states=(ShownState.NORMAL,), trigger_label="a&b")
ANSWERS: dict[str, dict[str, Any]] = {
    "accounts/forgot_password.html": {"sent": False, "email": "", "errors": {}},
    "accounts/login.html": {"email": "", "next": "", "errors": {"form": "Wrong."}},
    "accounts/reset_password.html": {"token": "t", "errors": {}},
    "accounts/signup.html": {
        "email": "",
        "invitation": "",
        "invited": None,
        "errors": {"email": "Taken."},
    },
    "accounts/address_proved.html": {},
    "accounts/verify_email.html": {"token": "t", "needs_password": True, "errors": {}},
    "cameras/_captures.html": {
        "camera": camera(),
        "captures": [capture()],
        "next_cursor": "c/1",
        "filters": FILTERS,
    },
    "cameras/_cards.html": {"cameras": [camera()]},
    "cameras/index.html": {
        "cameras": [camera()],
        "cards": "",
        "retirements": [],
        "budget": None,
        "unreached": [],
    },
    "cameras/show.html": {
        "rates": error_rates(),
        "used": {"cost_usd": Decimal("1.25"), "ai_calls": 340, "evaluations": 512},
        "strip": DayStrip(NOW.date(), (NOW - timedelta(days=1)).date(), None, []),
        "missing": [MissingPictures("3 pictures are missing: the camera’s storage was full", NOW)],
        "camera": camera(learning={"have": 3, "need": 8}),
        "description": None,
        "candidates": [capture()],
        "captures": [],
        "next_cursor": None,
        "filters": FILTERS,
        "saved": SavedChoices(
            [Choice("Night", "/ui/cameras/VS-1?state=failed", True)], to_save=(("q", "drill"),)
        ),
        "trigger_labels": ["interval"],
        "triggers": Triggers([trigger()], draw_line(trigger(), capture())),
        "errors": {},
        "draft": None,
    },
    "cameras/figures.html": {
        "camera": camera(),
        "watched": [
            WatchedDay(NOW.date(), None, ()),
            WatchedDay(
                NOW.date(), 0.9, [Gap(NOW - timedelta(hours=2), NOW, "silent", "no pictures")]
            ),
        ],
        "gaps": ["", "06:00 to 08:00: no pictures"],
        "watched_bars": [Bar(NOW.date(), 0, 0), Bar(NOW.date(), 0.9, 90)],
        "used": [],
        "cost_bars": [Bar(NOW.date(), 0, 0), Bar(NOW.date(), 0.5, 100)],
        "capture_bars": [Bar(NOW.date(), 0, 0), Bar(NOW.date(), 7, 100)],
        "rates": error_rates(),
        "time_zone": "Europe/Berlin",
    },
    "captures/_cards.html": {"captures": [capture()]},
    "captures/_dispositions.html": {"capture": capture()},
    "captures/_viewer.html": {
        "capture": capture(),
        "reference": Reference(UUID(int=1), NOW, is_said=True),
        "stages": [stages.Stage("Judged", 0.153, 1.0)],
        "device": device(),
        "is_released": False,
        "newer": None,
        "older": None,
    },
    "captures/show.html": {
        "capture": capture(),
        "reference": None,
        "stages": [],
        "device": device(),
        "is_released": False,
        "newer": None,
        "older": "r",
    },
    "devices/add.html": {
        "values": SimpleNamespace(
            device_id="", activation_code="", friendly_name="", description=""
        ),
        "errors": {},
        "is_first": True,
        "slots_left": 0,
        "unheard": [],
        "free_units": [],
    },
    "devices/setup.html": {
        "camera": camera(),
        "arrival": Arrival(NOW + timedelta(minutes=3), None, None, None, None),
        "stages": Stage,
        "shown": ShownOnce(IssuedPairingCode("c", NOW), "vdk_x", "One more camera."),
        "setup_command": "run",
        "qr_code_svg": "<svg/>",
    },
    "devices/index.html": {"devices": [device(last_seen_at=None)], "limit": 2},
    "errors/show.html": {"status": 418, "detail": "", "page_before": "/ui", "request_id": ""},
    "incidents/_older.html": {"incidents": [incident()], "next_cursor": "c"},
    "incidents/index.html": {
        "open": [incident()],
        "acknowledged": [],
        "resolved": [incident(state="resolved", resolved_at=NOW, resolved_as="real")],
        "next_cursor": None,
    },
    "incidents/show.html": {
        "incident": incident(captures=[capture(), capture(state="abnormal")]),
        "capture": capture(state="abnormal"),
        "reference": Reference(UUID(int=1), NOW, is_said=True),
        "timeline": [
            {"at": NOW, "kind": "opened", "text": "Opened.", "capture": None},
            {"at": NOW, "kind": "capture", "text": "Seen.", "capture": capture()},
        ],
        "deliveries": [delivery(), delivery(status="failed", last_answer="550 no")],
    },
    "mailbox/index.html": {
        "mails": [{"mail_id": "1", "to": "a@b.c", "subject": "Hello", "date": NOW}],
        "mail": None,
    },
    "product/index.html": {},
    "settings/danger.html": SETTINGS_PAGE | {"tab": DANGER},
    "settings/schedules.html": SETTINGS_PAGE
    | {
        "tab": SCHEDULES,
        "schedules": [SCHEDULE, SCHEDULE | {"enabled": False, "next": []}],
        "presets": presets(),
        "days": ("mon", "tue"),
        "typed": None,
        "typed_days": ["mon"],
    },
    "settings/privacy.html": SETTINGS_PAGE
    | {
        "tab": PRIVACY,
        "in_force": CAPTURE_FORM | {"privacy.masks": [[[0.1, 0.2], [0.5, 0.2], [0.5, 0.6]]]},
        "corners": "10 20",
    },
    "settings/key.html": {"device": device(), "back": "/ui", "device_key": "vdk_x"},
    "settings/capture.html": SETTINGS_PAGE | {"tab": CAPTURE},
    "settings/verdict.html": SETTINGS_PAGE
    | {
        "tab": VERDICT,
        "ready": {"baseline"},
        "models": [],
        "retirements": [],
        "effects": Effects(
            since=NOW,
            captures=288,
            similarity=Reusable(compared=200, reused=150, not_normal=1),
            dedupe=12,
            streak=9,
        ),
    },
}
SHARED: dict[str, Any] = {
    "token": "vsh_t",
    "share": share(),
    "captures": [shared_capture(), shared_capture(id="b", state=None, image_url=None)],
    "next_cursor": "c/1",
    "preview_url": None,
}
ANSWERS |= {
    "shared/_captures.html": SHARED,
    "shared/capture.html": SHARED | {"capture": shared_capture(), "older": "o", "newer": None},
    "shared/passcode.html": {"action": "/s/vsh_t/passcode", "errors": {"passcode": "Wrong."}},
    "shared/preview.html": SHARED,
    "shared/show.html": SHARED | {"is_first": True},
}
LINK = share_link_document(share(), NOW)
ANSWERS |= {
    "shares/index.html": {"links": [LINK, LINK | {"state": "revoked", "revoked_at": NOW}]}
    | {"next_cursor": "c/1"},
    "shares/made.html": {"link": LINK, "url": "https://v.example/s/t", "qr_code_svg": "<svg/>"},
    "shares/new.html": {
        "device": device(),
        "values": {
            "share_type": "date_range",
            "record_id": "r",
            "from": "2026-11-22T08:00",
            "to": "",
            "states": ["abnormal"],
            "expires_in_hours": "24",
            "max_views": "",
            "label": "",
        },
        "errors": {"to": "Say a day and a time."},
        "expiries": EXPIRIES,
        "zone_name": "UTC",
    },
    "shares/show.html": {
        "link": LINK | {"share_type": "date_range", "from": NOW, "to": NOW, "states": ["abnormal"]},
        "views": [{"viewed_at": NOW, "address": "192.0.2.7", "user_agent": None}],
        "next_cursor": None,
    },
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def template_files() -> list[Path]:
    return sorted(TEMPLATE_DIRECTORY.rglob("*.html"))


@pytest.mark.parametrize("name", ANSWERS)
def test_each_page_is_drawn_from_what_its_comment_names(name: str) -> None:
    assert PAGES.draw(name, frame(), **ANSWERS[name]).strip()


@pytest.mark.parametrize("name", [name for name in ANSWERS if name.startswith("accounts/")])
def test_signing_in_needs_no_user(name: str) -> None:
    assert PAGES.draw(name, frame(user=None, organization=None), **ANSWERS[name])


def test_a_value_that_is_missing_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        PAGES.draw("captures/_cards.html", frame())


async def test_what_is_prepared_is_drawn_without_reading_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = make_pages()
    await pages.prepare()
    monkeypatch.delattr("jinja2.FileSystemLoader.get_source")
    for name in ("cameras/index.html", "cameras/show.html", "captures/show.html"):
        assert pages.draw(name, frame(), **ANSWERS[name])


def test_a_documents_own_field_is_shown_whatever_methods_a_dict_has() -> None:
    template = PAGES.environment.from_string("{{ one.items }} {{ other.items()|list }}")
    assert template.render(one={"items": 3}, other={"a": 1}) == "3 [(&#39;a&#39;, 1)]"


@pytest.mark.parametrize("path", template_files(), ids=lambda path: path.name)
def test_no_template_of_a_page_holds_style_script_or_handlers(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals=.js", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script


@pytest.mark.parametrize("path", template_files(), ids=lambda path: path.name)
def test_every_template_says_first_what_it_is_for(path: Path) -> None:
    assert path.read_text().startswith("{#")


def test_a_card_says_where_the_cameras_program_is_too_old() -> None:
    old = device(upgrade={"message": "Version 0.9 is too old. Update it.", "minimum": "1.0"})
    card = PAGES.draw("cameras/_cards.html", frame(), cameras=[camera(device=old)])
    assert "Version 0.9 is too old. Update it." in card


@pytest.mark.parametrize("name", ["cameras/_cards.html", "captures/_cards.html"])
def test_text_from_outside_is_escaped(name: str) -> None:
    hostile = capture(reason=HOSTILE, trigger_label=HOSTILE)
    shown = camera(device=device(friendly_name=HOSTILE, latest_capture=hostile))
    drawn = PAGES.draw(name, frame(), cameras=[shown], captures=[hostile])
    assert "<script" not in drawn
    assert "<img src=x" not in drawn


def test_the_rest_of_a_gallery_is_asked_for_with_its_filters() -> None:
    drawn = PAGES.draw("cameras/_captures.html", frame(), **ANSWERS["cameras/_captures.html"])
    assert 'href="/ui/cameras/VS-1?state=normal&amp;preset=&amp;trigger_label=a%26b' in drawn
    assert "cursor=c%2F1" in drawn


def test_the_evidence_box_is_drawn_in_the_pictures_own_pixels() -> None:
    seen = capture(state="abnormal", evidence={"clause": None, "box": [0.25, 0.5, 0.1, 0.2]})
    values = {**ANSWERS["captures/_viewer.html"], "capture": seen}
    drawn = PAGES.draw("captures/_viewer.html", frame(), **values)
    assert 'viewBox="0 0 640 480"' in drawn
    assert 'x="160.0" y="240.0"' in drawn


def test_a_viewer_may_look_and_not_say() -> None:
    reader = frame(user=user(role="viewer"))
    drawn = PAGES.draw("captures/_dispositions.html", reader, capture=capture())
    assert "<form" not in drawn


def test_a_disposition_pressed_again_is_taken_back() -> None:
    said = capture(disposition={"verdict": "abnormal", "note": None})
    drawn = PAGES.draw("captures/_dispositions.html", frame(), capture=said)
    pressed = re.search(r"<button[^>]*aria-pressed=\"true\"", drawn)
    assert pressed is not None
    assert 'value=""' in pressed[0]


def test_a_relative_time_carries_the_exact_one() -> None:
    template = PAGES.environment.from_string("{{ moment|ago }}")
    drawn = template.render(frame=frame(), moment=NOW - timedelta(seconds=41))
    assert 'datetime="2026-11-22T08:29:19.000Z"' in drawn
    assert "data-relative" in drawn
    assert ">41 s ago<" in drawn


def test_figures_are_said_as_people_say_them() -> None:
    assert percent(0.934) == "93\N{NO-BREAK SPACE}%"
    assert [cost(0), cost(0.00017), cost(1.5)] == ["free", "$0.00017", "$1.50"]
    assert [size(12), size(84_211), size(1_500_000)] == ["12 B", "82 KB", "1.4 MB"]


def test_what_a_camera_sent_along_is_said_in_plain_words() -> None:
    sent = {"what": "smoke", "real": False, "places": [1, 2.5], "more": None}
    assert plain(sent) == "what: smoke, real: no, places: 1, 2.5, more: none"


def test_a_qr_code_is_shown_as_an_image_that_can_run_nothing() -> None:
    assert svg_image("<svg/>") == "data:image/svg+xml;base64,PHN2Zy8+"
