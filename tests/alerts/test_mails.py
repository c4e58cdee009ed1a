from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from uuid import UUID

import pytest

from cloud.alerts.gathered import GatheredLetter
from cloud.alerts.gathered_mails import render_gathered
from cloud.alerts.letters import Letter
from cloud.alerts.mails import render_letter
from cloud.alerts.models import DeliveryKind, Incident, IncidentKind, IncidentState
from cloud.alerts.queries import ShownIncident
from cloud.captures.models import Capture, State
from cloud.channels.channel import Message
from cloud.channels.email_message import build_email
from cloud.kit.settings import Settings
from tests.channels.messages import INJECTIONS

OPENED_AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
INCIDENT, CAPTURE, DELIVERY, EARLIER = (UUID(int=number) for number in range(1, 5))
SCRIPT = "<script>alert(1)</script>"


def make_settings(**values: str) -> Settings:
    return Settings(
        _env_file=None,
        public_url="https://visant.example.com",
        **values,  # type: ignore[arg-type]  # texts, as in the environment
    )


def make_letter(
    *,
    kind: DeliveryKind = DeliveryKind.OPENED,
    ails: IncidentKind = IncidentKind.ABNORMAL,
    device_name: str = "Bench camera",
    reason: str | None = "The drill is gone.",
    zone: str = "Europe/Berlin",
    ended_at: datetime | None = None,
    answers: UUID | None = None,
) -> Letter:
    return Letter(
        delivery_id=DELIVERY,
        kind=kind,
        recipient="ann@example.com",
        incident=Incident(
            id=INCIDENT,
            kind=ails,
            state=IncidentState.OPEN,
            opened_at=OPENED_AT,
            resolved_at=ended_at,
        ),
        device_name=device_name,
        capture=_capture(reason) if ails == IncidentKind.ABNORMAL else None,
        zone=zone,
        answers=answers,
    )


def _capture(reason: str | None) -> Capture:
    return Capture(id=CAPTURE, state=State.ABNORMAL, score=0.934, reason=reason)


def write(message: Message) -> EmailMessage:
    return build_email(message, Address("Visant", "alerts", "visant.example.com"), OPENED_AT)


def test_the_subject_says_which_camera_and_why() -> None:
    message = render_letter(make_letter(), None, make_settings())
    assert message.subject == "Bench camera: abnormal — The drill is gone."


def test_the_environments_label_comes_first() -> None:
    message = render_letter(make_letter(), None, make_settings(alert_environment_label="Staging"))
    assert message.subject.startswith("[Staging] Bench camera: abnormal")
    assert "Staging" in message.html
    assert "Staging" in message.text


def test_both_bodies_say_what_when_and_where() -> None:
    message = render_letter(make_letter(), None, make_settings())
    for body in (message.text, message.html):
        assert "Bench camera" in body
        assert "The drill is gone." in body
        assert "Sunday 22 November 2026, 08:30:00 CET" in body
        assert "93 % sure" in body
        assert f"https://visant.example.com/ui/incidents/{INCIDENT}" in body
        assert f"https://visant.example.com/ui/captures/{CAPTURE}" in body


def test_a_zone_that_is_none_is_read_as_utc() -> None:
    message = render_letter(make_letter(zone="Nowhere/Atall"), None, make_settings())
    assert "07:30:00 UTC" in message.text


def test_the_message_id_is_the_deliverys_own() -> None:
    message = render_letter(make_letter(), None, make_settings())
    assert message.message_id == f"{DELIVERY}@visant.example.com"


def test_an_address_of_numbers_still_makes_a_message_id() -> None:
    settings = make_settings().model_copy(update={"public_url": "http://[::1]:8000"})
    assert render_letter(make_letter(), None, settings).message_id == f"{DELIVERY}@-1"


def test_the_picture_stands_inside_the_mail() -> None:
    message = render_letter(make_letter(), b"\xff\xd8 picture", make_settings())
    assert "cid:capture" in message.html
    assert [image.jpeg for image in message.inline_images] == [b"\xff\xd8 picture"]


def test_without_a_picture_the_mail_says_the_same() -> None:
    message = render_letter(make_letter(), None, make_settings())
    assert "<img" not in message.html
    assert "The drill is gone." in message.html


def test_a_recovery_says_how_long_it_lasted_and_answers_the_first_mail() -> None:
    letter = make_letter(
        kind=DeliveryKind.RECOVERED,
        ended_at=datetime(2026, 11, 22, 9, 45, tzinfo=UTC),
        answers=EARLIER,
    )
    message = render_letter(letter, None, make_settings())
    assert message.subject == "Bench camera: back to normal"
    assert message.in_reply_to == f"{EARLIER}@visant.example.com"
    for body in (message.text, message.html):
        assert "It lasted 2 hours." in body


def test_what_is_over_by_the_time_of_sending_says_so() -> None:
    letter = make_letter(ended_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    message = render_letter(letter, None, make_settings())
    assert "It was over at Sunday 22 November 2026, 09:00:00 CET." in message.text
    assert "It was over at" in message.html


def test_a_reminder_says_again() -> None:
    message = render_letter(make_letter(kind=DeliveryKind.REMINDER), None, make_settings())
    assert "abnormal again" in message.subject
    assert "as it should be again" in message.text


def test_text_from_outside_is_escaped_in_the_html() -> None:
    letter = make_letter(device_name=SCRIPT, reason=f'"><img src=x onerror=1>{SCRIPT}')
    message = render_letter(letter, None, make_settings(alert_environment_label=SCRIPT))
    assert "<script" not in message.html
    assert "<img" not in message.html


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("kind", [DeliveryKind.OPENED, DeliveryKind.RECOVERED])
def test_no_name_or_reason_adds_a_header(text: str, kind: DeliveryKind) -> None:
    ended_at = OPENED_AT if kind == DeliveryKind.RECOVERED else None
    harmless = write(
        render_letter(make_letter(kind=kind, ended_at=ended_at), None, make_settings())
    )
    letter = make_letter(kind=kind, device_name=text, reason=text, ended_at=ended_at)
    hostile = write(render_letter(letter, None, make_settings()))
    assert sorted(hostile.keys()) == sorted(harmless.keys())
    assert hostile["To"] == "ann@example.com"
    assert hostile["Message-ID"] == harmless["Message-ID"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_name_or_reason_adds_a_header_to_a_digest(text: str) -> None:
    harmless, hostile = (
        write(render_gathered(_gather(each), make_settings())) for each in ("a", text)
    )
    assert sorted(hostile.keys()) == sorted(harmless.keys())
    assert hostile["To"] == "ann@example.com"


def test_text_from_outside_is_escaped_in_a_digest() -> None:
    message = render_gathered(_gather(SCRIPT), make_settings(alert_environment_label=SCRIPT))
    assert "<script" not in message.html
    assert "1 messages in one" in message.subject


def _gather(text: str) -> GatheredLetter:
    shown = ShownIncident(make_letter().incident, text, None, _capture(text))
    return GatheredLetter(DELIVERY, "ann@example.com", text, "Europe/Berlin", 1, [shown])


@pytest.mark.parametrize(
    ("ails", "subject", "said", "over"),
    [
        (
            IncidentKind.OFFLINE,
            "Bench camera: camera offline",
            "Is the camera plugged in",
            "watching again",
        ),
        (
            IncidentKind.AI_FAILING,
            "Bench camera: judging fails",
            "The models give no answer",
            "watching again",
        ),
        (
            IncidentKind.SCENE_UNUSABLE,
            "Bench camera: its pictures cannot be used",
            "Look at the camera",
            "watching again",
        ),
    ],
)
def test_a_camera_that_nobody_watches_is_told_in_its_own_words(
    ails: IncidentKind, subject: str, said: str, over: str
) -> None:
    opened = render_letter(make_letter(ails=ails), None, make_settings())
    assert opened.subject.endswith(subject)
    assert said in opened.text
    assert said in opened.html
    assert "Abnormal" not in opened.html
    recovered = render_letter(
        make_letter(ails=ails, kind=DeliveryKind.RECOVERED, ended_at=OPENED_AT),
        None,
        make_settings(),
    )
    assert recovered.subject.endswith(f"Bench camera: {over}")
    assert "is being watched again" in recovered.text
    assert "is being watched again" in recovered.html
    assert "back to normal" not in recovered.html
