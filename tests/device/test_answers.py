import json
from datetime import UTC, datetime

import pytest

from device.answers import Accepted, Answer, NumberUsed, Refused, TryLater, judge_upload

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def answer(
    status: int, body: object, media_type: str = "application/json", **headers: str
) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"content-type": media_type, **headers}, text.encode())


def problem(status: int, code: str = "some_code", **headers: str) -> Answer:
    body = {"code": code, "detail": "Some sentence."}
    return answer(status, body, "application/problem+json", **headers)


@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_with_id_and_sha256_is_an_acceptance(status: int) -> None:
    said = answer(status, {"record_id": "r1", "sha256": "ab", "state": None})
    assert judge_upload(said, NOW) == Accepted("r1", "ab")


@pytest.mark.parametrize(
    "body", ["<html>Welcome to the hotel</html>", "[]", "", {"record_id": "r1"}, {"sha256": "ab"}]
)
def test_a_200_of_anybody_else_accepts_nothing(body: object) -> None:
    assert isinstance(judge_upload(answer(200, body), NOW), TryLater)


@pytest.mark.parametrize("status", [409, 413, 415, 422])
def test_a_problem_of_ours_that_cannot_pass_refuses_the_picture(status: int) -> None:
    assert judge_upload(problem(status), NOW) == Refused(f"{status} some_code: Some sentence.")


@pytest.mark.parametrize("status", [409, 413, 415, 422])
def test_the_same_status_from_a_proxy_refuses_nothing(status: int) -> None:
    outcome = judge_upload(answer(status, "<html>413</html>", "text/html"), NOW)
    assert isinstance(outcome, TryLater)
    assert outcome.blames_picture


def test_a_number_that_another_picture_has_is_no_fault_of_this_one() -> None:
    conflict = problem(409, "idempotency_conflict")
    assert judge_upload(conflict, NOW) == NumberUsed("409 idempotency_conflict: Some sentence.")


def test_401_says_that_the_key_is_rejected() -> None:
    outcome = judge_upload(problem(401), NOW)
    assert isinstance(outcome, TryLater)
    assert outcome.key_rejected


def test_a_401_of_a_proxy_says_nothing_of_the_key() -> None:
    outcome = judge_upload(answer(401, "<html>Sign in</html>", "text/html"), NOW)
    assert isinstance(outcome, TryLater)
    assert not outcome.key_rejected


def test_a_redirect_is_told_with_the_place_that_it_leads_to() -> None:
    outcome = judge_upload(answer(301, "", location="https://v.example/v1/captures"), NOW)
    assert isinstance(outcome, TryLater)
    assert "leads to https://v.example/v1/captures" in outcome.reason


def test_overload_blames_no_picture_and_carries_its_wait() -> None:
    outcome = judge_upload(problem(503, **{"retry-after": "17"}), NOW)
    assert isinstance(outcome, TryLater)
    assert outcome.retry_after == 17
    assert not outcome.blames_picture


def test_a_server_error_may_lie_in_the_picture() -> None:
    outcome = judge_upload(answer(500, "oops", "text/plain"), NOW)
    assert isinstance(outcome, TryLater)
    assert outcome.blames_picture
