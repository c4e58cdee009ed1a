"""Answers without end, drips and bombs: none of them takes memory, time or a slot for long."""

import asyncio
import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.evaluation.classifier import ClassifierFailed
from cloud.evaluation.transport import (
    LONGEST_ANSWER_BYTES,
    LONGEST_REST_SECONDS,
    read_retry_after,
)
from tests.evaluation.kinds import KINDS, RESPONSES, Kind, a_question, ask, classifying, saying
from tests.evaluation.stand_in import Reply, failing, verdict

MEGABYTE = 1024 * 1024


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Flood:
    """Half a gigabyte, and how much of it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        chunk = b" " * MEGABYTE
        for _ in range(500):
            yield chunk
            self.taken += len(chunk)


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_half_a_gigabyte_is_not_read_and_takes_no_memory(kind: Kind) -> None:
    flood = Flood()
    with kind.start(saying(kind, verdict("normal"))) as running:
        async with classifying(kind, running) as classifier:
            await classifier.classify(a_question())
            before = resident_bytes()
            running.script = lambda _request: Reply(bits=flood)
            with pytest.raises(ClassifierFailed) as failed:
                await classifier.classify(a_question())
            assert failed.value.code == "ai_answer_invalid"
            assert resident_bytes() - before < 10 * MEGABYTE
            assert flood.taken < 50 * MEGABYTE
            running.script = saying(kind, verdict("abnormal"))
            assert (await classifier.classify(a_question())).state == "abnormal"


async def test_an_answer_just_under_the_limit_is_read_whole() -> None:
    padded = json.dumps(verdict("normal")) + " " * (LONGEST_ANSWER_BYTES // 8)
    with RESPONSES.start(saying(RESPONSES, padded)) as running:
        assert (await ask(RESPONSES, running)).state == "normal"


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_an_answer_that_drips_is_cut_at_the_deadline(kind: Kind) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.05)
            yield b" "

    with kind.start(saying(kind, verdict("normal"))) as running:
        await ask(kind, running)
        async with classifying(kind, running, ai_timeout_seconds=1) as classifier:
            running.script = lambda _request: Reply(bits=drip())
            began = time.monotonic()
            with pytest.raises(ClassifierFailed) as failed:
                await classifier.classify(a_question())
            assert failed.value.code == "ai_unavailable"
            assert 0.9 < time.monotonic() - began < 4


async def test_an_answer_packed_small_is_never_unpacked() -> None:
    bomb = gzip.compress(b" " * (64 * MEGABYTE))
    assert len(bomb) < LONGEST_ANSWER_BYTES
    packed = Reply(bomb, headers={"Content-Encoding": "gzip"})
    with RESPONSES.start(lambda _: packed) as running, pytest.raises(ClassifierFailed) as failed:
        await ask(RESPONSES, running)
    assert failed.value.code == "ai_answer_invalid"


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_a_redirect_is_not_followed_as_the_key_would_travel_with_it(kind: Kind) -> None:
    with kind.start(failing(500)) as elsewhere:
        away = failing(307, Location=f"{elsewhere.base_url}/responses")
        with kind.start(away) as running, pytest.raises(ClassifierFailed):
            await ask(kind, running)
    assert elsewhere.requests == []


async def test_a_call_that_is_given_up_lets_its_connection_go() -> None:
    released = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(_request: object) -> Reply:
        loop.call_soon_threadsafe(released.set)
        time.sleep(0.3)
        return Reply()

    with RESPONSES.start(hang) as running:
        async with classifying(RESPONSES, running) as classifier:
            asking = asyncio.create_task(classifier.classify(a_question()))
            await released.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            running.script = saying(RESPONSES, verdict("normal"))
            assert (await classifier.classify(a_question())).state == "normal"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        ("0", 0),
        ("soon", None),
        ("-5", None),
        ("999999999", LONGEST_REST_SECONDS),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0),
    ],
)
def test_how_long_a_provider_wants_to_be_left_alone(
    header: str | None, seconds: float | None
) -> None:
    assert read_retry_after(header) == seconds


def test_a_date_to_come_back_at_is_seconds_from_now() -> None:
    at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    seconds = read_retry_after(at)
    assert seconds is not None
    assert 55 < seconds <= 60
