"""The cloud as a camera calls it: an HTTP client that knows the wire and nothing of cameras."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import httpx2

from device import wire
from device.age import RUNNING
from device.answers import Answer, in_words, rejects_key
from device.identity import Identity
from device.kept import Kept

ANSWER_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 10.0
LONGEST_ANSWER: Final = 60.0
LONGEST_UPLOAD: Final = 600.0
"""From the first byte sent to the last one heard; enough for a picture over a very slow way."""

PIECE_BYTES: Final = 16 * 1024
LARGEST_ANSWER: Final = 1024 * 1024
OK: Final = 200


@dataclass(frozen=True)
class Message:
    """One message of the command stream: its place, its kind, and what it says."""

    id: str
    event: str
    data: Mapping[str, object]


class Unreachable(Exception):
    """No answer came back; the text says what happened on the way."""


class TookTooLong(Unreachable):
    """It was on its way for longer than anything may be."""


class TurnedAway(Unreachable):
    """The stream was answered with something else. `retry_after` is in seconds."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(in_words(answer))
        self.key_rejected = rejects_key(answer)
        self.retry_after = answer.retry_after(datetime.now(UTC))


class Cloud:
    """The cloud as a camera sees it. Used by several threads at once."""

    def __init__(self, identity: Identity, *, version: str) -> None:
        self._identity = identity
        self._version = version
        self.on_answer: Callable[[Answer], None] = lambda _: None
        """Called with every answer, from the thread that asked."""
        self._client = httpx2.Client(
            base_url=identity.url,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            headers={
                wire.AUTHORIZATION_HEADER: f"{wire.BEARER} {identity.key}",
                "User-Agent": f"visant-device/{version}",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def upload(self, kept: Kept, content: bytes) -> Answer:
        """Send one picture. The same spool id and sequence make a repeat harmless.

        Raises Unreachable when no answer came, TookTooLong where the picture may be why.
        """
        deadline = time.monotonic() + LONGEST_UPLOAD
        image = (f"{kept.sequence}", _Pieces(content, deadline), kept.entry.media_type)
        return self._ask(
            "POST",
            wire.CAPTURES_PATH,
            data=compose_upload(kept, datetime.now(UTC)),
            files={wire.IMAGE_FIELD: image},
            deadline=deadline,
        )

    def beat(self, body: wire.HeartbeatBody) -> Answer:
        """Send one heartbeat. Raises Unreachable when no answer came."""
        path = wire.HEARTBEAT_PATH.format(device_id=self._identity.device_id)
        return self._ask("POST", path, body=body)

    def fetch_config(self) -> Answer:
        """Ask for the config document. Raises Unreachable when no answer came."""
        return self._ask("GET", wire.CONFIG_PATH.format(device_id=self._identity.device_id))

    def fetch_version(self) -> Answer:
        """Ask whether our version is still supported. Raises Unreachable when no answer came."""
        query = f"?{wire.DEVICE_VERSION_PARAMETER}={quote(self._version, safe='')}"
        return self._ask("GET", wire.VERSION_PATH + query)

    def acknowledge(self, command_id: str, body: wire.AckBody) -> Answer:
        """Say what became of a command. Raises Unreachable when no answer came."""
        return self._ask(
            "POST",
            wire.ACK_PATH.format(
                device_id=self._identity.device_id, command_id=quote(command_id, safe="")
            ),
            body=body,
        )

    @contextmanager
    def open_commands(
        self, last_event_id: str | None, *, silence: float
    ) -> Iterator[Iterator[Message]]:
        """The command stream's messages after that id.

        Raises Unreachable when it breaks or says nothing for `silence` seconds, TurnedAway when
        the cloud does not open it.
        """
        path = wire.COMMANDS_PATH.format(device_id=self._identity.device_id)
        headers = {} if last_event_id is None else {wire.LAST_EVENT_ID_HEADER: last_event_id}
        try:
            with self._client.sse(
                path,
                params={wire.DEVICE_VERSION_PARAMETER: self._version},
                headers=headers,
                timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=silence),
            ) as source:
                if source.response.status_code != OK:
                    raise TurnedAway(self._told(source.response))
                yield (read_message(event) for event in source)
        except httpx2.HTTPError as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    def _ask(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, BytesIO, str]] | None = None,
        body: object = None,
        deadline: float | None = None,
    ) -> Answer:
        try:
            with self._client.stream(method, path, data=data, files=files, json=body) as response:
                return self._told(response, deadline)
        except httpx2.HTTPError as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    def _told(self, response: httpx2.Response, deadline: float | None = None) -> Answer:
        answer = _read_answer(response, deadline or time.monotonic() + LONGEST_ANSWER)
        self.on_answer(answer)
        return answer


def compose_upload(kept: Kept, sent: datetime) -> dict[str, str]:
    """The fields of an upload beside its picture; `sent` is the device's time."""
    entry = kept.entry
    marks = wire.Timing(captured=entry.captured_at, sent=sent.isoformat(timespec="milliseconds"))
    metadata, age = RUNNING.read_age(entry.metadata)
    if age is not None:
        marks["counted_back"] = (sent - age).isoformat(timespec="milliseconds")
    fields = {
        wire.CAPTURED_AT_FIELD: entry.captured_at,
        wire.SEQUENCE_FIELD: str(kept.sequence),
        wire.SPOOL_ID_FIELD: kept.spool_id,
        wire.TRIGGER_ID_FIELD: entry.trigger_id,
        wire.TRIGGER_LABEL_FIELD: entry.trigger_label,
        wire.METADATA_FIELD: metadata,
        wire.TIMING_FIELD: json.dumps(marks),
    }
    return {name: value for name, value in fields.items() if value is not None}


def read_message(event: httpx2.ServerSentEvent) -> Message:
    """The message of an event; its data is empty where it is no JSON object."""
    try:
        data = json.loads(event.data)
    except ValueError:
        data = None
    return Message(event.id, event.event, data if isinstance(data, dict) else {})


class _Pieces(BytesIO):
    """Bytes that are sent in small pieces, so that a way that trickles is given up in time."""

    def __init__(self, content: bytes, deadline: float) -> None:
        super().__init__(content)
        self._deadline = deadline

    def read(self, _size: int | None = None, /) -> bytes:
        """The next piece. Raises TookTooLong."""
        _keep_to(self._deadline, "the upload took too long")
        return super().read(PIECE_BYTES)


def _keep_to(deadline: float, sentence: str) -> None:
    if time.monotonic() > deadline:
        raise TookTooLong(sentence)


def _read_answer(response: httpx2.Response, deadline: float) -> Answer:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Unreachable("the answer is larger than any of Visant's")
        _keep_to(deadline, "the answer took too long")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(body))
