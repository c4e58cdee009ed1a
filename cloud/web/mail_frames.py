"""A mail as it looks, for a sandboxed frame in a page of ours.

A mail has inline styles and may hold anything; nothing of it runs.
"""

from fastapi import Response
from starlette.responses import HTMLResponse

HEADERS = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; "
        "form-action 'none'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}

OPENS_BESIDE = '<base target="_blank">'
"""Our own pages stand in no frame: a link of the mail opens a page of its own."""


def answer_mail(html: str) -> Response:
    """The HTML of a mail with its pictures in it."""
    return HTMLResponse(html.replace("<head>", f"<head>{OPENS_BESIDE}", 1), headers=HEADERS)
