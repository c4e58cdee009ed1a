"""The gates of pages: whoever is not signed in is sent to the log-in page and comes back after.

What is only a part of a page (a card, a picture) has the gates of the API, which answer 401: a
redirect would put the log-in page in its place.
"""

from typing import Annotated

from fastapi import Depends, Request, Response

from cloud.accounts.access import PersonGate, PlatformAdminGate, identify
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.kit.access import Audience
from cloud.kit.errors import Unauthenticated
from cloud.kit.origin import SAFE_METHODS
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.web.returning import HOME, login_address, redirect


class SignInFirst(Exception):
    """A page was asked for by somebody who is not signed in. `wanted` is its path."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class PageGate(PersonGate):
    """Lets in whoever has at least this role."""

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        try:
            return await super().__call__(request, database, settings)
        except Unauthenticated:
            refuse_stranger(request)
            raise


class PlatformAdminPageGate(PlatformAdminGate):
    """Lets in platform admins."""

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        try:
            return await super().__call__(request, database, settings)
        except Unauthenticated:
            refuse_stranger(request)
            raise


def refuse_stranger(request: Request) -> None:
    """Raise SignInFirst, unless a script asks, which would draw what it is led to."""
    if "hx-request" in request.headers:
        return
    query = f"?{request.url.query}" if request.url.query else ""
    raise SignInFirst(
        request.url.path + query if request.method in SAFE_METHODS else HOME
    ) from None


async def send_to_login(_request: Request, refused: Exception) -> Response:
    """The exception handler of SignInFirst."""
    return redirect(login_address(refused.wanted if isinstance(refused, SignInFirst) else HOME))


async def _visitor(request: Request, database: TheDatabase, settings: TheSettings) -> Person | None:
    try:
        return await identify(request, database, settings)
    except Unauthenticated:
        return None


Visitor = Annotated[Person | None, Depends(_visitor)]
"""Who looks at a page that anyone may see; None for a stranger. Not a gate."""

ViewerOnPage = Annotated[Person, Depends(PageGate(Audience.VIEWER, Role.VIEWER))]
MemberOnPage = Annotated[Person, Depends(PageGate(Audience.MEMBER, Role.MEMBER))]
AdminOnPage = Annotated[Person, Depends(PageGate(Audience.ADMIN, Role.ADMIN))]
PlatformAdminOnPage = Annotated[Person, Depends(PlatformAdminPageGate())]
