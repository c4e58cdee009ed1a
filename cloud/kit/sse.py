"""Server-sent events: the answer that carries a stream's messages.

A stream holds no database connection and no dependency open, and at most one task beside the
request's own, which waits for its reader to leave.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from cloud.kit.messages import Source

STREAM_HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}

RETRY_HINT = b"retry: 2000\n\n"
"""How long the reader is to wait before it connects again, in milliseconds."""


class EventStream(StreamingResponse):
    """Sends messages until the reader leaves or they end."""

    media_type = "text/event-stream"

    def __init__(self, source: Source, status_code: int = 200) -> None:
        # The API document reads the default status from this signature.
        super().__init__(_frames(source), status_code, headers=STREAM_HEADERS)
        self.source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        # The framework's own way holds a group of tasks for each stream, half as heavy as the rest.
        watching = asyncio.create_task(self._watch(receive))
        try:
            await self.stream_response(send)
        finally:
            watching.cancel()
            self.source.close()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.source.close()


async def _frames(source: Source) -> AsyncIterator[bytes]:
    yield RETRY_HINT
    async for message in source.messages():
        yield message.frame
