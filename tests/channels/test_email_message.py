"""The e-mail that a message becomes: its parts, and headers that no text can add to."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from cloud.channels.channel import DeliveryFailed, InlineImage, Message
from cloud.channels.email_message import LONGEST_SUBJECT, build_email, parse_sender
from tests.channels.messages import INJECTIONS, NO_ADDRESSES, PICTURE, SENDER, make_message

MOMENT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
]  # fmt: skip


def send_and_parse(message: Message) -> EmailMessage:
    """The e-mail as its reader parses it from the bytes on the wire."""
    data = build_email(message, SENDER, MOMENT).as_bytes()
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    return message_from_bytes(data, EmailMessage, policy=SMTP)


def test_a_message_is_text_with_html_and_its_picture_inside() -> None:
    email = send_and_parse(make_message())
    assert [part.get_content_type() for part in email.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/jpeg",
    ]  # fmt: skip
    picture = list(email.walk())[-1]
    assert picture["Content-ID"] == "<capture>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PICTURE.jpeg


def test_a_message_without_pictures_has_two_bodies_only() -> None:
    email = send_and_parse(make_message(inline_images=()))
    assert [part.get_content_type() for part in email.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


def test_headers_say_who_to_whom_when_and_that_a_machine_wrote_it() -> None:
    email = send_and_parse(make_message())
    assert sorted(email.keys()) == sorted(HEADERS)
    assert email["From"] == "Visant <alerts@visant.example.com>"
    assert email["To"] == "ann@example.com"
    assert email["Date"].datetime == MOMENT
    assert email["Message-ID"] == "<019a.opened.1@visant.example.com>"
    assert email["Auto-Submitted"] == "auto-generated"


def test_a_reply_names_the_first_message() -> None:
    email = send_and_parse(make_message(in_reply_to="first@visant.example.com"))
    assert email["In-Reply-To"] == email["References"] == "<first@visant.example.com>"


def test_a_long_message_id_stays_whole() -> None:
    message_id = "a" * 90 + "@" + "b" * 90
    data = build_email(make_message(message_id=message_id), SENDER, MOMENT).as_bytes()
    assert f"<{message_id}>".encode() in data


def test_addresses_in_headers_are_written_as_they_are_however_long() -> None:
    """Who reads them, a button to unsubscribe above all, decodes no encoded words."""
    url = f"https://visant.example.com/mailed?action=unsubscribe&token=vml_{'x' * 43}"
    first = f"{'0' * 36}@{'a-long-name.' * 5}example.com"
    message = replace(make_message(in_reply_to=first), unsubscribe_url=url)
    data = build_email(message, SENDER, MOMENT).as_bytes()
    for line in (
        f"List-Unsubscribe: <{url}>",
        f"In-Reply-To: <{first}>",
        f"References: <{first}>",
    ):
        assert f"\r\n{line}\r\n".encode() in data


def test_letters_of_any_language_arrive() -> None:
    email = send_and_parse(make_message(subject="Café — 冷蔵庫 🔥", text="Grüße, 冷蔵庫 🔥"))
    assert email["Subject"] == "Café — 冷蔵庫 🔥"
    body = email.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Grüße, 冷蔵庫 🔥"


@pytest.mark.parametrize("payload", INJECTIONS)
def test_no_text_adds_a_header_or_a_body(payload: str) -> None:
    email = send_and_parse(make_message(subject=payload, text=payload))
    assert sorted(email.keys()) == sorted(HEADERS)
    assert email["To"] == "ann@example.com"
    assert email["Message-ID"] == "<019a.opened.1@visant.example.com>"
    assert len(email["Subject"]) <= LONGEST_SUBJECT
    assert len(list(email.walk())) == 5
    unseen = set("".join(map(chr, range(32)))) | set("\x7f\x85\u2028\u2029\u202e\u2066\ufeff")
    assert not unseen & set(str(email["Subject"]))


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    assert send_and_parse(make_message(subject="x" * 121))["Subject"] == "x" * 119 + "…"
    assert send_and_parse(make_message(subject="x" * 120))["Subject"] == "x" * 120


@pytest.mark.parametrize("to", NO_ADDRESSES)
def test_a_recipient_that_is_no_address_fails_for_good(to: str) -> None:
    with pytest.raises(DeliveryFailed, match="is not an e-mail address") as failed:
        build_email(make_message(to), SENDER, MOMENT)
    assert failed.value.permanent
    assert "\n" not in failed.value.answer


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("ann.o'neil+visant@sub.example.co.uk", "ann.o'neil+visant@sub.example.co.uk"),
        ("ann@münchen.example", "ann@xn--mnchen-3ya.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_written_in_ascii(to: str, written: str) -> None:
    assert send_and_parse(make_message(to))["To"] == written


@pytest.mark.parametrize("wrong", ["no id", "<a@b>", "a@b\r\nBcc: c@d", "a", "@b", ""])
def test_only_an_id_can_be_a_message_id(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not a message id"):
        make_message(message_id=wrong)
    with pytest.raises(ValueError, match="is not a message id"):
        make_message(in_reply_to=wrong)


@pytest.mark.parametrize("wrong", ["", "a b", 'x"><script>', "a\r\nb", "x" * 61])
def test_only_a_plain_word_names_a_picture(wrong: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        InlineImage(wrong, b"")


def test_a_sender_may_have_a_name() -> None:
    assert str(parse_sender("Visant <alerts@example.com>")) == "Visant <alerts@example.com>"
    assert str(parse_sender("alerts@example.com")) == "alerts@example.com"
    assert str(parse_sender("visant@localhost")) == "visant@localhost"


@pytest.mark.parametrize("wrong", ["", "Visant", "a@b@c, d", "Visant <>"])
def test_a_sender_without_an_address_is_one_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^ALERT_FROM_EMAIL is .*no e-mail address"):
        parse_sender(wrong)
