import pytest

from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.returning import path_of_ours, redirect
from tests.factories import make_device, make_user
from tests.web.visitors import browsing, session_of

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


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/ui/cameras/VS-1\r\nSet-Cookie: a=b", "/ui/cameras/VS-1%0D%0ASet-Cookie:%20a=b"),
        ("/ui/cameras/VS-1\u2003", "/ui/cameras/VS-1%E2%80%83"),
        ("/ui/captures?q=a%20b&to=1#x", "/ui/captures?q=a%20b&to=1#x"),
    ],
)
def test_whatever_is_in_a_path_stays_in_it(path: str, location: str) -> None:
    assert redirect(path).headers["location"] == location


@pytest.mark.parametrize("tail", ["%0d%0a", "%E2%80%83"])
async def test_white_space_at_the_end_of_an_id_troubles_no_form(
    base_url: str, database: Database, settings: Settings, tail: str
) -> None:
    someone = await make_user(database)
    device = await make_device(database, someone.organization_id)
    async with browsing(base_url, await session_of(database, settings, someone)) as browser:
        answer = await browser.post(f"/ui/cameras/{device.unit_id}{tail}/normal")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/ui/cameras/{device.unit_id}")


async def test_a_page_before_that_is_no_address_is_none(
    base_url: str, database: Database, settings: Settings
) -> None:
    someone = await make_user(database)
    async with browsing(base_url, await session_of(database, settings, someone)) as browser:
        answer = await browser.post(
            "/ui/saved-filters/remove", headers={"Referer": "http://["}, data={"name": "a"}
        )
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui")
