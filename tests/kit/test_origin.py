import pytest
from fastapi import Request

from cloud.kit.errors import Forbidden
from cloud.kit.origin import require_same_origin
from cloud.kit.settings import Settings


def request(method: str, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw, "path": "/"})


@pytest.fixture
def home(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": "https://visant.example"})


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_let_in_from_anywhere(home: Settings, method: str) -> None:
    require_same_origin(request(method, sec_fetch_site="cross-site"), home)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"origin": "https://visant.example"},
        {"origin": "http://10.0.0.7:8000", "host": "10.0.0.7:8000"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writing_is_let_in_from_our_own_pages(
    home: Settings, method: str, headers: dict[str, str]
) -> None:
    require_same_origin(request(method, **headers), home)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "cross-site", "origin": "https://visant.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://evil.example"},
        {"origin": "http://["},
        {"origin": "http://[x]"},
        {"origin": "https://visant.example.evil.example"},
        {"origin": "https://evil.example", "host": "visant.example"},
        {"referer": "https://visant.example/ui"},
    ],
)
def test_writing_from_elsewhere_or_nowhere_is_refused(
    home: Settings, headers: dict[str, str]
) -> None:
    with pytest.raises(Forbidden) as refused:
        require_same_origin(request("POST", **headers), home)
    assert refused.value.code == "cross_site_request"
