"""Messages: what a stream carries, encoded once however many hear it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from orjson import Fragment

from cloud.kit.json import dumps


@dataclass(frozen=True)
class Message:
    """One piece of news. `body` is JSON; `id` is its number when it can be replayed."""

    event: str
    body: bytes
    id: int | None = None

    @cached_property
    def frame(self) -> bytes:
        """As a server-sent event: `id:`, `event:`, one JSON `data:` line."""
        head = f"id: {self.id}\n" if self.id is not None else ""
        return f"{head}event: {self.event}\n".encode() + b"data: " + self.body + b"\n\n"

    @cached_property
    def text(self) -> str:
        """As a WebSocket says it: `{"event":…,"id":…,"data":…}`."""
        return dumps({"event": self.event, "id": self.id, "data": Fragment(self.body)}).decode()


def message(event: str, data: Any, id_: int | None = None) -> Message:
    return Message(event, dumps(data), id_)


class Source(Protocol):
    """An open stream, whatever carries it. Whoever carries it closes it, however it ended."""

    def messages(self) -> AsyncIterator[Message]:
        """What to send, until there is nothing more to come."""
        ...

    def close(self) -> None:
        """Nobody hears it any more: end the messages and forget the stream."""
        ...
