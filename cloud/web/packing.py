"""Sends pages compressed: markup shrinks to a tenth, and phones are often on slow lines.

Only answers to reading are. What is shown once (a device key, a share link) is shown in answers
to forms, which another site cannot have sent: how long those are tells nobody anything. See
`docs/decisions/compressed-pages.md`.
"""

import gzip

from fastapi import Request
from starlette.responses import HTMLResponse

WORTH_IT = 1000
"""Bytes: what is smaller fits into one packet anyway."""

LEVEL = 5
"""Of nine. The next ones take twice as long for a hundredth less."""


def pack_page(request: Request, text: str, status: int = 200) -> HTMLResponse:
    """A page or a part of one, compressed where the browser takes that."""
    plain = text.encode()
    if request.method != "GET" or len(plain) < WORTH_IT or not _takes_gzip(request):
        return HTMLResponse(plain, status)
    packed = gzip.compress(plain, LEVEL, mtime=0)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(packed, status, headers)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
