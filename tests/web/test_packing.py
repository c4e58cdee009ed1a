import httpx2
from fastapi import Request

from cloud.web.packing import pack_page

PAGE = "<p>Nothing unusual is in view.</p>" * 100


def ask(method: str = "GET", accepted: str = "gzip, br") -> Request:
    headers = [(b"accept-encoding", accepted.encode())]
    return Request({"type": "http", "method": method, "headers": headers})


def test_a_page_is_packed_for_a_browser_that_takes_it() -> None:
    answer = pack_page(ask(), PAGE, 200)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert len(answer.body) < len(PAGE) / 10


def test_what_is_shown_once_and_what_is_small_travels_as_it_is() -> None:
    for answer in (
        pack_page(ask("POST"), PAGE),
        pack_page(ask(accepted="identity"), PAGE),
        pack_page(ask(), "<p>Short.</p>"),
    ):
        assert "content-encoding" not in answer.headers


async def test_pages_come_packed(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.get("/login")
    assert answer.headers["content-encoding"] == "gzip"
    assert "<h1>" in answer.text
