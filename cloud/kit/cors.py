"""Which other sites' pages may call the API from a browser: those that the operator names.

They send a bearer token and never our cookie, so no answer allows credentials. A site that is not
named gets no header at all, and its browser keeps the answer from it (Fetch standard, 3.2). A
plain ASGI wrapper: streams pass through it as they are.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_ORIGIN = "*"

PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
        "X-Request-ID"
    ),
    "Access-Control-Max-Age": "600",
}

EXPOSED_HEADERS = (
    "Content-Disposition, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "Retry-After, X-Request-ID"
)


class CrossOrigin:
    """Answers the preflights of allowed origins, and lets them read what is under one prefix."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], prefix: str) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._origins or scope["type"] != "http" or not self._covers(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        allowed = self._allowed(headers.get("origin"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), allowed)
            await send(message)

        if allowed and _is_preflight(scope, headers):
            answer = Response(status_code=204, headers=PREFLIGHT_HEADERS)
            await answer(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _covers(self, path: str) -> bool:
        return path.startswith(self._prefix)

    def _allowed(self, origin: str | None) -> str | None:
        if origin is None:
            return None
        return origin if self._origins & {origin, ANY_ORIGIN} else None


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _add_headers(headers: MutableHeaders, allowed: str | None) -> None:
    headers.add_vary_header("Origin")
    if allowed is not None:
        headers["Access-Control-Allow-Origin"] = allowed
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
