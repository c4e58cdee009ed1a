r"""Where a browser goes next: a path on this site, never another one.

A path comes from an address or a form and so from anybody. Browsers read `//host`, `/\host` and
paths with tabs or line breaks in them as other sites, so only plain visible ASCII is taken.
"""

import re
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Depends, Request, Response

from cloud.kit.origin import place_of

HOME = "/ui"
FRONT_DOOR = "/"
"""Leads whoever is signed in on, by how many cameras there are."""

LONGEST_PATH = 1000
PATH_OF_OURS = re.compile(r"/(?![/\\])[!-\[\]-~]*")

VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
"""What an address holds as it stands; the rest of a path is written in percents."""

SEE_OTHER = 303
"""The browser fetches the next page, so that a reload does not send the form again."""


def path_of_ours(wanted: str, otherwise: str = HOME) -> str:
    """The wanted path with its query where it is one on this site."""
    if len(wanted) > LONGEST_PATH or PATH_OF_OURS.fullmatch(wanted) is None:
        return otherwise
    return wanted


def login_address(wanted: str) -> str:
    """The log-in page, which leads on to the wanted path."""
    return f"/login?{urlencode({'next': wanted})}"


def redirect(path: str) -> Response:
    """Lead on to a path, of which a part may be as somebody typed it."""
    return Response(status_code=SEE_OTHER, headers={"Location": quote(path, safe=VISIBLE)})


async def page_before(request: Request) -> str:
    """The page of ours that led here, else the first one."""
    address = request.headers.get("referer", "")
    if place_of(address) != request.headers.get("host"):
        return HOME
    referrer = urlsplit(address)
    query = f"?{referrer.query}" if referrer.query else ""
    return path_of_ours(referrer.path + query)


PageBefore = Annotated[str, Depends(page_before)]
"""The page of ours on which a button was pressed."""
