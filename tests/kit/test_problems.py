import errno
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Annotated

import httpx2
import pytest
from fastapi import Query, Request, Response, UploadFile
from pydantic import BaseModel, field_validator
from starlette.responses import PlainTextResponse

from cloud.kit import errors
from cloud.kit.errors import FieldError, Problem
from cloud.kit.problems import headers_of, install_problems
from tests.kit.small_app import SmallApp, calling, make_small_app


class Thing(BaseModel):
    count: int
    name: str

    @field_validator("name")
    @classmethod
    def _refuse_spaces(cls, name: str) -> str:
        if " " in name:
            raise ValueError("must be one word")
        return name


@pytest.fixture
def app() -> SmallApp:
    app = make_small_app()

    @app.post("/things")
    async def make_thing(thing: Thing, size: Annotated[int, Query(ge=1)] = 1) -> None:
        raise errors.Conflict(
            "thing_exists", "There is one.", errors=(FieldError("name", "taken"),)
        )

    @app.get("/things")
    async def list_things() -> list[Thing]:
        return []

    @app.get("/fault")
    async def fail() -> None:
        raise ZeroDivisionError("with a secret in it")

    return app


@pytest.fixture
async def small(app: SmallApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with calling(app) as client:
        yield client


async def test_a_problem_says_type_title_status_detail_code_and_fields(
    small: httpx2.AsyncClient,
) -> None:
    answer = await small.post("/things", json={"count": 1, "name": "cup"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is one.",
        "code": "thing_exists",
        "errors": [{"field": "name", "message": "taken"}],
    }


async def test_wrong_fields_are_named_with_what_is_wrong(small: httpx2.AsyncClient) -> None:
    answer = await small.post("/things?size=0", json={"count": "many", "name": "a cup"})
    assert answer.status_code == 422
    document = answer.json()
    assert document["code"] == "request_malformed"
    found = {each["field"]: each["message"] for each in document["errors"]}
    assert found.keys() == {"size", "count", "name"}
    assert found["name"] == "must be one word"
    assert "many" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"", b"[1]", b"\xff\xfe", b"[" * 900])
async def test_a_body_that_is_no_json_object_is_malformed(
    small: httpx2.AsyncClient, body: bytes
) -> None:
    sent = {"Content-Type": "application/json"}
    answer = await small.post("/things", content=body, headers=sent)
    assert answer.status_code == 422
    assert answer.json()["code"] == "request_malformed"
    assert not any(each["field"].isdecimal() for each in answer.json().get("errors", []))


async def test_an_address_without_anything_is_a_problem_too(small: httpx2.AsyncClient) -> None:
    answer = await small.get("/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_says_which_are_right(small: httpx2.AsyncClient) -> None:
    answer = await small.delete("/things")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_fault_of_ours_tells_nothing_of_itself(small: httpx2.AsyncClient) -> None:
    answer = await small.get("/fault")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


async def test_people_get_a_page_and_programs_a_document(app: SmallApp) -> None:
    async def render(_request: Request, problem: Problem) -> Response:
        return PlainTextResponse(f"a page: {problem.detail}", problem.status)

    install_problems(app, render)
    async with calling(app) as client:
        page = await client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
        document = await client.get("/nothing", headers={"Accept": "*/*"})
    assert page.text.startswith("a page:")
    assert document.json()["code"] == "not_found"


def test_those_told_to_come_again_do_not_all_come_at_once() -> None:
    problem = errors.Unavailable("busy", "Busy.", retry_after=100)
    waits = {int(headers_of(problem)["Retry-After"]) for _ in range(50)}
    assert min(waits) >= 100
    assert max(waits) <= 150
    assert len(waits) > 5


def test_a_wait_is_at_least_a_second() -> None:
    problem = errors.TooManyRequests("often", "Too often.", retry_after=0.01)
    assert headers_of(problem)["Retry-After"] == "1"


def test_who_is_not_known_is_told_how_to_say_it() -> None:
    problem = errors.Unauthenticated("not_signed_in", "Sign in first.")
    assert headers_of(problem)["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "storage_full"), (errno.EIO, 503, "storage_unavailable")],
)
async def test_a_form_that_our_disk_cannot_take_is_not_called_malformed(
    monkeypatch: pytest.MonkeyPatch, number: int, status: int, code: str
) -> None:
    class FailingFile(SpooledTemporaryFile[bytes]):
        """What a form's file is kept in: on the disk from its second megabyte on."""

        def rollover(self) -> None:
            raise OSError(number, "the disk says no")

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", FailingFile)
    app = make_small_app(bound=4_000_000)

    @app.post("/pictures")
    async def take(image: UploadFile) -> None:
        await image.read()

    async with calling(app) as client:
        answer = await client.post("/pictures", files={"image": bytes(2_000_000)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0
