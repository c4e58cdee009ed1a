"""Whoever comes by a link: held to a rate by address, known by the cookie of a visit, not indexed.

What all answers under a link have in common is arranged here, those of errors too.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from cloud.kit.access import ANYONE
from cloud.kit.addresses import client_address, network_of
from cloud.kit.headers import add_headers
from cloud.kit.limits import Limit, hold_to
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings

BY_ADDRESS = Limit("share_address", burst=600, seconds=60)
"""Pages and pictures together: some twenty full galleries a minute."""

VISIT_LIFE = timedelta(hours=12)

NOT_INDEXED = {"X-Robots-Tag": "noindex, nofollow, noarchive"}
LONGEST_USER_AGENT = 200
NAME_LENGTH = 16


@dataclass(frozen=True)
class Guest:
    """Somebody with a link's token. `visit` is the secret of a visit that they have begun."""

    token: str
    visit: str | None
    address: str
    user_agent: str | None


def visit_cookie_name(token: str, settings: Settings) -> str:
    """Each link has a cookie of its own, so that visits by several do not disturb each other."""
    name = hashlib.sha256(b"visant visit " + token.encode()).hexdigest()[:NAME_LENGTH]
    return f"__Host-visant-visit-{name}" if _is_https(settings) else f"visant-visit-{name}"


def keep_visit(response: Response, guest: Guest, visit: str | None, settings: Settings) -> None:
    """Hand the browser the secret of a visit that has just begun."""
    if visit is None:
        return
    response.set_cookie(
        visit_cookie_name(guest.token, settings),
        visit,
        max_age=int(VISIT_LIFE.total_seconds()),
        path="/",
        secure=_is_https(settings),
        httponly=True,
        samesite="lax",
    )


def _is_https(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


async def _not_indexed(request: Request) -> None:
    add_headers(request, NOT_INDEXED)


BY_LINK = [ANYONE, Depends(_not_indexed)]
"""What every route under a link declares."""


async def _guest(
    request: Request, database: TheDatabase, settings: TheSettings, token: str
) -> Guest:
    address = client_address(request, settings.trusted_proxies)
    await hold_to(request, database, BY_ADDRESS, network_of(address))
    user_agent = request.headers.get("user-agent")
    return Guest(
        token=token,
        visit=request.cookies.get(visit_cookie_name(token, settings)),
        address=address,
        user_agent=user_agent[:LONGEST_USER_AGENT] if user_agent else None,
    )


TheGuest = Annotated[Guest, Depends(_guest)]
"""Raises TooManyRequests."""
