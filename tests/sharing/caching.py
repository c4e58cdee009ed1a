"""A cache between a guest and the server, as greedy as RFC 9111 lets one be."""

from dataclasses import dataclass

import httpx2

HEURISTICALLY_CACHEABLE = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""RFC 9110, section 15.1: without a word on their freshness a cache may choose one itself."""


@dataclass(frozen=True)
class Stored:
    status: int
    headers: httpx2.Headers
    body: bytes


class GreedyCache(httpx2.AsyncBaseTransport):
    """Keeps every answer that it may keep, and gives it again without asking, until the end.

    A shared one stands before the server for all guests; one that is not is a single guest's own.
    Parts and tags that are asked for it answers out of what it keeps, as a cache does.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, shared: bool) -> None:
        self._inner = inner
        self._shared = shared
        self._stored: dict[str, Stored] = {}
        self.given_again = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        kept = self._stored.get(str(request.url)) if request.method == "GET" else None
        if kept is not None:
            self.given_again += 1
            return httpx2.Response(kept.status, headers=kept.headers, content=kept.body)
        response = await self._inner.handle_async_request(request)
        body = b"".join([piece async for piece in response.aiter_raw()])  # compressed, as it came
        if request.method == "GET" and self._may_keep(response):
            self._stored[str(request.url)] = Stored(response.status_code, response.headers, body)
        return httpx2.Response(response.status_code, headers=response.headers, content=body)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _may_keep(self, response: httpx2.Response) -> bool:
        """RFC 9111, section 3. What must be asked about each time may as well not be kept."""
        said = response.headers.get("cache-control", "").lower()
        words = {word.strip().partition("=")[0] for word in said.split(",")}
        forbidding = {"no-store", "no-cache"} | ({"private"} if self._shared else set())
        if words & forbidding or response.headers.get("vary") == "*":
            return False
        told = words & {"public", "max-age", "s-maxage"} or "expires" in response.headers
        return bool(told) or response.status_code in HEURISTICALLY_CACHEABLE
