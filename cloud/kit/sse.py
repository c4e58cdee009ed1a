"""Server-sent events: frames, and the response that carries them.

A stream holds no database connection and no dependency open; it reads what its hub hands it.
"""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

from cloud.kit.json import dumps

STREAM_HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}

RECONNECT_MILLISECONDS = 2000


def frame(event: str, data: Any, event_id: int | None = None) -> bytes:
    """One event on the wire: `id:` when it can be replayed, `event:`, one JSON `data:` line."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event}\n".encode() + b"data: " + dumps(data) + b"\n\n"


def retry_hint(milliseconds: int = RECONNECT_MILLISECONDS) -> bytes:
    """Tell the reader how long to wait before it connects again."""
    return f"retry: {milliseconds}\n\n".encode()


class EventStream(StreamingResponse):
    """Sends frames until the reader leaves or the frames end."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[bytes], status_code: int = 200) -> None:
        # The API document reads the default status from this signature.
        super().__init__(frames, status_code, headers=STREAM_HEADERS)
