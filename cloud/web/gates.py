"""The gates of pages: whoever is not signed in is sent to the log-in page and comes back after.

So are browsers that ask for a page; programs hear 401 here as everywhere. What is only a part of a
page (a card, a picture) has the gates of the API: the log-in page must not come in its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from cloud.accounts.access import PersonGate, PlatformAdminGate, identify
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.kit.access import Audience
from cloud.kit.errors import Unauthenticated
from cloud.kit.origin import SAFE_METHODS
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.web.returning import HOME


class SignInFirst(Unauthenticated):
    """A page was asked for by somebody who is not signed in; `wanted` is its path."""

    def __init__(self, stranger: Unauthenticated, wanted: str) -> None:
        super().__init__(stranger.code, stranger.detail)
        self.wanted = wanted


class PageGate(PersonGate):
    """Lets in whoever has at least this role."""

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        with _leading_to_login(request):
            return await super().__call__(request, database, settings)


class PlatformAdminPageGate(PlatformAdminGate):
    """Lets in platform admins."""

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person:
        with _leading_to_login(request):
            return await super().__call__(request, database, settings)


@contextmanager
def _leading_to_login(request: Request) -> Iterator[None]:
    try:
        yield
    except Unauthenticated as stranger:
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = request.url.path + query if request.method in SAFE_METHODS else HOME
        raise SignInFirst(stranger, wanted) from None


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
OwnerOnPage = Annotated[Person, Depends(PageGate(Audience.OWNER, Role.OWNER))]
PlatformAdminOnPage = Annotated[Person, Depends(PlatformAdminPageGate())]
