import httpx2
from fastapi import FastAPI

from cloud.web.rendering import Pages


def address(app: FastAPI, name: str) -> str:
    pages: Pages = app.state.pages
    return pages.assets.url(name)


async def test_a_static_file_may_be_kept_for_ever(app: FastAPI, client: httpx2.AsyncClient) -> None:
    answer = await client.get(address(app, "js/live.js"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_texts_travel_compressed_and_fonts_as_they_are(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    text, font = address(app, "css/base.css"), address(app, "fonts/inter-latin.woff2")
    accepting = {"Accept-Encoding": "gzip"}
    packed = await client.get(text, headers=accepting)
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await client.get(font, headers=accepting)).headers
    plain = await client.get(text, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


async def test_a_style_sheet_comes_with_all_that_it_imports(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    whole = (await client.get(address(app, "css/every-page.css"))).text
    assert "@import" not in whole
    tokens, base = whole.index("--ground:"), whole.index("min-height: 100dvh")
    assert tokens < base < whole.index(".card-picture")


async def test_the_file_of_another_version_is_served_but_not_to_keep(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/static/0123456789ab/css/base.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


async def test_what_is_no_static_file_is_not_found(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    for name in ("nothing.css", "../rendering.py", "%2e%2e/rendering.py", ""):
        path = address(app, "css/base.css").replace("css/base.css", name)
        assert (await client.get(path)).status_code == 404
    assert (await client.post(address(app, "css/base.css"))).status_code == 404
