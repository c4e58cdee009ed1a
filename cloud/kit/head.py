"""HEAD is GET without the body, for every address that answers GET (RFC 9110, section 9.3.2)."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Has the application answer a HEAD as a GET, and keeps the body back.

    A stream has no end of its own, so from the first byte of a body on the application hears that
    the caller has gone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_answered = asyncio.Event()

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_answered.is_set():
                is_answered.set()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def receive_until_answered() -> Message:
            hearing = asyncio.ensure_future(receive())
            answered = asyncio.ensure_future(is_answered.wait())
            done, waiting = await asyncio.wait(
                {hearing, answered}, return_when=asyncio.FIRST_COMPLETED
            )
            for each in waiting:
                each.cancel()
            return hearing.result() if hearing in done else {"type": "http.disconnect"}

        await self._app({**scope, "method": "GET"}, receive_until_answered, send_head)
