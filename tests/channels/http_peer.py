"""A real HTTP server on loopback that keeps what it was sent and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class HttpPeer:
    """What it answers, and what it was given. `hang`: takes the request, says nothing."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    port: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    posted: list[Posted] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.Response:
        self.posted.append(Posted(request.path, dict(request.headers), await request.read()))
        if self.hang:
            await self.ended.wait()
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def run_http_peer(peer: HttpPeer) -> AsyncIterator[HttpPeer]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    runner = web.ServerRunner(web.Server(peer.answer), shutdown_timeout=0)  # type: ignore[arg-type]  # a bare server gives its handler a BaseRequest
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peer.port = runner.addresses[0][1]
    try:
        yield peer
    finally:
        peer.ended.set()
        await runner.cleanup()
