"""How model calls travel: one pool of connections for all vendors' SDKs, and no endless answers.

The SDKs speak httpx2, whose own pool spends more time on 200 calls in flight than they take; so
the bytes go by aiohttp (`bench/model_calls.py` has the figures). An answer is read up to a limit
that no honest one comes near, and never unpacked: a small one could unfold to gigabytes.
"""

import email.utils
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.request import getproxies

import httpx2

from cloud.evaluation.asking import AnswerUnreadable, ProviderFailed

if TYPE_CHECKING:
    import aiohttp

LONGEST_ANSWER_BYTES = 256 * 1024
CONNECT_SECONDS = 10.0
READ_AT_ONCE = 64 * 1024
LONGEST_REST_SECONDS = 3600.0
"""However long a provider asks to be left alone, it is looked at again after that."""

HOP_BY_HOP = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


class ModelTransport(httpx2.AsyncBaseTransport):
    """What httpx2 clients send by. The caller sets the deadline, over body and all."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def make_client(self) -> httpx2.AsyncClient:
        """A client for an SDK. It follows no redirect: the key must not travel on."""
        return httpx2.AsyncClient(
            transport=self, headers={"Accept-Encoding": "identity"}, timeout=None
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, and read the whole answer.

        Raises ProviderFailed for any answer but a good one, and AnswerUnreadable where it is too
        long; SDKs wrap them in their own errors, `find_cause` unwraps them.
        """
        import aiohttp  # noqa: PLC0415  # only where a model is asked
        from yarl import URL  # noqa: PLC0415

        try:
            async with self._ready_session().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=list(request.headers.multi_items()),
                data=await request.aread(),
                allow_redirects=False,
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise ProviderFailed(
                        status=answer.status,
                        retry_after=read_retry_after(answer.headers.get("Retry-After")),
                    )
                body = await _read(answer.content)
        except aiohttp.ClientConnectorError:
            raise ProviderFailed from None
        except (aiohttp.ClientError, OSError):
            raise ProviderFailed(perhaps_billed=True) from None
        return httpx2.Response(
            answer.status,
            headers=[(k, v) for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP],
            content=body,
            request=request,
        )

    async def aclose(self) -> None:
        """Close the connections; a call made later opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _ready_session(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415  # as above

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=httpx2.create_ssl_context()),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=bool(getproxies()),  # else a thread per call looks for proxies
            )
        return self._session


async def _read(content: "aiohttp.StreamReader") -> bytes:
    """Read to the end. Leaving in the middle closes the connection."""
    body = bytearray()
    async for chunk in content.iter_chunked(READ_AT_ONCE):
        body += chunk
        if len(body) > LONGEST_ANSWER_BYTES:
            raise AnswerUnreadable
    return bytes(body)


def read_retry_after(header: str | None) -> float | None:
    """Seconds from now, of either form that RFC 9110 allows; at most `LONGEST_REST_SECONDS`."""
    if header is None:
        return None
    if header.strip().isdecimal():
        seconds = float(header)
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_REST_SECONDS)
