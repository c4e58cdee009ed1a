import pytest

from cloud.web.returning import path_of_ours

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "HTTPS://evil.example/ui",
    "javascript:alert(1)",
    "data:text/html,hello",
    "evil.example",
    "@evil.example",
    "/ui\r\nSet-Cookie: a=b",
    "/ui\x00",
    "/ui\\..\\..",
    "/ü//evil.example",
    "//evil.example:80\\@here",
    "/" + "a" * 1001,
    "",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_no_address_leads_to_another_site(wanted: str) -> None:
    assert path_of_ours(wanted) == "/ui"


@pytest.mark.parametrize("wanted", ["/", "/ui", "/ui/cameras/VS-1?state=normal&q=a%20b#x"])
def test_a_path_of_ours_is_gone_to(wanted: str) -> None:
    assert path_of_ours(wanted) == wanted
