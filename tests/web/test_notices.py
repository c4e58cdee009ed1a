"""A notice goes to the next page and no further, and what can be taken back says where."""

import pytest
from fastapi import Request, Response

from cloud.web.notices import (
    COOKIE,
    SENTENCES,
    UNDO_ADDRESSES,
    Notice,
    Said,
    Undo,
    find_notice,
    leave_notice,
)


def told(notice: Notice, *undo: tuple[str, str]) -> Said | None:
    """As the page after it finds it."""
    response = Response()
    leave_notice(response, notice, undo)
    return found(response.headers["set-cookie"].partition(";")[0])


def found(cookie: str) -> Said | None:
    headers = [(b"cookie", cookie.encode())]
    return find_notice(Request({"type": "http", "headers": headers}))


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
