"""Reading SMTP_URL."""

import pytest

from cloud.channels.smtp_server import Security, SmtpServer, SmtpUrlError, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, "auto", None, None)),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "auto", None, None)),
        ("smtp://[::1]:25/", ("::1", 25, "auto", None, None)),
        ("smtps://u:p@mail.example.com", ("mail.example.com", 465, "tls", "u", "p")),
        ("smtp://u%40x:p%2Fs%20w@h:587?starttls=require", ("h", 587, "require", "u@x", "p/s w")),
        ("smtp://h?starttls=never", ("h", 587, "never", None, None)),
        ("smtp://h?starttls=auto", ("h", 587, "auto", None, None)),
    ],
)
def test_an_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    server = parse_smtp_url(url)
    assert (
        server.host,
        server.port,
        server.security.value,
        server.username,
        server.password,
    ) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://user:hush@mail.example.com",
        "smtp://",
        "smtp://user:hush@",
        "smtp://user:hush@host:port",
        "smtp://user:hush@host:99999",
        "smtp://user:hush@host:0",
        "smtp://user:hush@ho st",
        "smtp://user:hush@host/path",
        "smtp://user:hush/more@host",
        "smtp://user@host",
        "smtp://user:hush@host?starttls=maybe",
        "smtp://user:hush@host?tls=1",
        "smtps://user:hush@host?starttls=require",
        "smtp://user:hush%C3%BC@host",
        "smtp://user:hush@[::1",
    ],
)
def test_a_wrong_address_is_one_sentence_that_names_the_setting(url: str) -> None:
    with pytest.raises(SmtpUrlError) as wrong:
        parse_smtp_url(url)
    sentence = str(wrong.value)
    assert sentence.startswith("SMTP_URL ")
    assert sentence.endswith(".")
    assert sentence.count("\n") == 0
    assert "hush" not in sentence


def test_a_server_shows_no_password() -> None:
    server = parse_smtp_url("smtp://user:hush@host")
    assert "hush" not in repr(server)
    assert server.password == "hush"


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("mail.example.com", False)],
)
def test_only_loopback_is_this_machine(host: str, is_this_machine: bool) -> None:  # noqa: FBT001 - a table's column
    assert SmtpServer(host, 25, Security.NONE).is_this_machine is is_this_machine
