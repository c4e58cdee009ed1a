"""A simulated camera's way to the cloud: real HTTP, with the faults that its plan has in store."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import httpx2

from device import wire
from device.answers import Answer
from device.client import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    OK,
    Message,
    TurnedAway,
    Unreachable,
    compose_upload,
    read_message,
)
from device.identity import Identity
from device.kept import Kept
from device.simulate.diary import Diary
from device.simulate.plan import FOR_EVER, Fault, Plan, Run, plan_upload

LOGIN_PAGE: Final = Answer(200, {"content-type": "text/html"}, b"<html>Welcome! Sign in.</html>")
DRIPS_A_SECOND: Final = 5
"""Pieces a second in which a slow camera's upload trickles."""


class Link:
    """Calls for one camera. It outlives power cuts, as the number of each attempt does."""

    def __init__(
        self,
        identity: Identity,
        number: int,
        run: Run,
        plan: Plan,
        diary: Diary,
        *,
        version: str,
        trust: ssl.SSLContext,
        elapsed: Callable[[], float],
    ) -> None:
        self._identity = identity
        self._number = number
        self._run = run
        self._plan = plan
        self._diary = diary
        self._version = version
        self._elapsed = elapsed
        self._attempts: dict[int, int] = {}
        # A client for each camera, as in the field; together they share one list of authorities.
        self._client = httpx2.AsyncClient(
            base_url=identity.url,
            verify=trust,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            headers={
                wire.AUTHORIZATION_HEADER: f"{wire.BEARER} {identity.key}",
                "User-Agent": f"visant-device/{version} (simulated)",
            },
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def upload(self, kept: Kept, content: bytes, sent: datetime) -> Answer:
        """Send one picture at that device time. Raises Unreachable when no answer came."""
        attempt = self._attempts.get(kept.sequence, 0)
        self._attempts[kept.sequence] = attempt + 1
        mishap = plan_upload(self._run, self._number, kept.sequence, attempt)
        if mishap is Fault.PORTAL:
            self._diary.count(Fault.PORTAL)
            return LOGIN_PAGE
        request = self._client.build_request(
            "POST",
            wire.CAPTURES_PATH,
            data=compose_upload(kept, sent),
            files={wire.IMAGE_FIELD: (f"{kept.sequence}", content, kept.entry.media_type)},
        )
        body = await request.aread()
        times = 2 if mishap is Fault.DUPLICATES else 1
        async with self._connected():
            answers = await asyncio.gather(
                *(self._send(kept.sequence, request.headers, body) for _ in range(times))
            )
        if mishap is Fault.DROPS:
            self._diary.count(Fault.DROPS)
            raise Unreachable("the answer was lost on the way")
        return answers[0]

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Anything but an upload. Raises Unreachable when no answer came."""
        async with self._connected():
            return _answer_of(await self._client.request(method, self._path(path), json=body))

    @asynccontextmanager
    async def open_commands(
        self, last_event_id: str | None, *, silence: float
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """The command stream's messages after that id; raises as the real client's does."""
        headers = {} if last_event_id is None else {wire.LAST_EVENT_ID_HEADER: last_event_id}
        async with (
            self._connected(),
            self._client.sse(
                self._path(wire.COMMANDS_PATH),
                params={wire.DEVICE_VERSION_PARAMETER: self._version},
                headers=headers,
                timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=silence),
            ) as source,
        ):
            if source.response.status_code != OK:
                await source.response.aread()
                raise TurnedAway(_answer_of(source.response))
            yield (read_message(event) async for event in source)

    def _path(self, path: str) -> str:
        return path.replace("{device_id}", self._identity.device_id)

    async def _send(self, sequence: int, headers: httpx2.Headers, body: bytes) -> Answer:
        started = self._elapsed()
        pace = self._plan.bytes_per_second
        answer = _answer_of(
            await self._client.post(
                wire.CAPTURES_PATH,
                content=body if pace is None else _drip(body, pace),
                headers={name: headers[name] for name in ("Content-Type", "Content-Length")},
            )
        )
        self._diary.note_answer(sequence, answer, self._elapsed() - started)
        return answer

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        """Lasts as long as the plan lets the network be there."""
        now = self._elapsed()
        left = self._plan.link_ends(now) - now
        try:
            async with asyncio.timeout(left if left < FOR_EVER else None):
                yield
        except TimeoutError as error:
            raise Unreachable("the network is gone") from error
        except httpx2.HTTPError as error:
            raise Unreachable(str(error) or type(error).__name__) from error


async def _drip(body: bytes, bytes_per_second: float) -> AsyncIterator[bytes]:
    size = max(1, round(bytes_per_second / DRIPS_A_SECOND))
    for place in range(0, len(body), size):
        yield body[place : place + size]
        await asyncio.sleep(1 / DRIPS_A_SECOND)


def _answer_of(response: httpx2.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, response.content)
