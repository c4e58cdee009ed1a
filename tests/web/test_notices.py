"""A notice goes to the next page and no further, and what can be taken back says where."""

from urllib.parse import urlencode

import pytest
from fastapi import Request, Response
from pydantic import SecretStr

from cloud.accounts.cookies import cookie_name
from cloud.kit.settings import Settings
from cloud.web.notices import (
    COOKIE,
    SENTENCES,
    UNDO_ADDRESSES,
    Notice,
    Said,
    Undo,
    drop_notice,
    find_notice,
    leave_notice,
)

SETTINGS = Settings(_env_file=None, secret_key=SecretStr("a secret key of tests, long enough"))
SESSION = f"{cookie_name(SETTINGS)}=mine"


def told(notice: Notice, *undo: tuple[str, str]) -> Said | None:
    """As the page after it finds it."""
    return found(left(notice, *undo))


def left(notice: Notice, *undo: tuple[str, str], settings: Settings = SETTINGS) -> str:
    """The cookie that it is left in."""
    response = Response()
    leave_notice(request(SESSION), response, settings, notice, undo)
    return response.headers["set-cookie"].partition(";")[0]


def found(cookie: str, session: str = SESSION) -> Said | None:
    return find_notice(request(f"{session}; {cookie}"), SETTINGS)


def request(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_has_its_sentence(notice: Notice) -> None:
    assert told(notice) == Said(SENTENCES[notice])


def test_an_undo_leads_to_what_it_is_about_with_the_fields_as_they_were() -> None:
    said = told(Notice.CALLED_NORMAL, ("camera", "VS-1"), ("record_id", "a"), ("record_id", "b c"))
    assert said is not None
    fields = (("record_id", "a"), ("record_id", "b c"))
    assert said.undo == Undo("/ui/cameras/VS-1/normal/undo", fields)


@pytest.mark.parametrize("name", ["../../settings/sessions/end?", "//elsewhere.test/", "a/b#c"])
def test_no_name_leads_an_undo_elsewhere(name: str) -> None:
    said = told(Notice.ACKNOWLEDGED, ("incident", name))
    assert said is not None
    assert said.undo is not None
    start, place, end = said.undo.address.partition("/ui/incidents/")
    assert (start, place) == ("", "/ui/incidents/")
    assert end.count("/") == 2
    assert not {"?", "#"} & set(end)


def test_where_something_is_missing_or_it_is_too_long_there_is_no_undo() -> None:
    assert told(Notice.ACKNOWLEDGED) == Said(SENTENCES[Notice.ACKNOWLEDGED])
    long = told(Notice.SCHEDULE_REMOVED, ("camera", "VS-1"), ("order", "x" * 4_000))
    assert long == Said(SENTENCES[Notice.SCHEDULE_REMOVED])
    assert told(Notice.SAVED, ("camera", "VS-1")) == Said("Saved.")


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=", f"{COOKIE}=notice%3Dnothing", "x=notice"])
def test_a_word_of_nobodys_says_nothing(cookie: str) -> None:
    assert found(cookie) is None


def test_an_undo_is_of_a_notice_that_says_what_was_done() -> None:
    assert UNDO_ADDRESSES.keys() <= SENTENCES.keys()


def test_an_undo_is_for_the_sign_in_that_did_it() -> None:
    cookie = left(Notice.ACKNOWLEDGED, ("incident", "1"))
    sentence = Said(SENTENCES[Notice.ACKNOWLEDGED])
    assert found(cookie, f"{cookie_name(SETTINGS)}=another's") == sentence


def test_nobody_else_writes_a_notice() -> None:
    other = SETTINGS.model_copy(update={"secret_key": SecretStr("another secret key of tests")})
    plain = urlencode([("notice", "role-changed"), ("member", "1"), ("role", "owner")])
    for cookie in (left(Notice.SAVED, settings=other), f"{COOKIE}={plain}"):
        assert found(cookie) is None


def test_by_https_the_cookie_is_bound_to_it() -> None:
    response = Response()
    secure = SETTINGS.model_copy(update={"public_url": "https://visant.example"})
    leave_notice(request(SESSION), response, secure, Notice.SAVED)
    drop_notice(response, secure)
    for cookie in response.headers.getlist("set-cookie"):
        assert cookie.startswith(f"__Host-{COOKIE}=")
        assert "Secure" in cookie
        assert "Path=/;" in cookie
