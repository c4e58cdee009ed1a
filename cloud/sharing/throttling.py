"""How often a link may be opened, and how often its passcode be tried; the counts are rows.

A try is counted before the passcode is looked at, so that many at once get no more tries, and given
back when it was right: only failures add up.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import Request

from cloud.kit.addresses import network_of
from cloud.kit.database import Database
from cloud.kit.errors import TooManyRequests
from cloud.kit.limits import Limit, give_back, hold_to, spend

OPENINGS = Limit("share_openings", burst=600, seconds=60)
"""Of one link: what some hundred and fifty open galleries ask for that look for news."""

FAILED_PASSCODES_OF_ADDRESS = Limit("share_passcode_address", burst=10, seconds=900)
FAILED_PASSCODES_OF_LINK = Limit("share_passcode_link", burst=20, seconds=3600)
FAILED_PASSCODES_EVER = Limit("share_passcode_ever", burst=100, seconds=100 * 86_400)
"""Of one link: a hundred, and one more each day. So fewer than one in twenty passcodes of four
digits can be tried while a link lives; twenty an hour would be all of them in three weeks."""


async def hold_link(database: Database, link_id: UUID) -> None:
    """Raises TooManyRequests. Its headers are not told: they would say how many others look."""
    allowance = await spend(database, OPENINGS, str(link_id))
    if not allowance.allowed:
        raise TooManyRequests(
            "too_many_requests",
            "Many people look at this link right now. Try again soon.",
            retry_after=allowance.retry_after,
        )


@asynccontextmanager
async def counting_failed_passcodes(
    request: Request, database: Database, address: str, link_id: UUID
) -> AsyncIterator[None]:
    """Count this try by address and by link, unless it ends well. Raises TooManyRequests.

    By address first: an address that may try no more uses up no tries of the link.
    """
    await hold_to(request, database, FAILED_PASSCODES_OF_ADDRESS, network_of(address))
    await hold_to(request, database, FAILED_PASSCODES_OF_LINK, str(link_id))
    await _hold_ever(database, link_id)
    yield
    await give_back(database, FAILED_PASSCODES_OF_ADDRESS, network_of(address))
    await give_back(database, FAILED_PASSCODES_OF_LINK, str(link_id))
    await give_back(database, FAILED_PASSCODES_EVER, str(link_id))


async def _hold_ever(database: Database, link_id: UUID) -> None:
    allowance = await spend(database, FAILED_PASSCODES_EVER, str(link_id))
    if not allowance.allowed:
        raise TooManyRequests(
            "too_many_passcodes",
            "Too many passcodes were tried on this link. Ask whoever sent it for a new one.",
            retry_after=allowance.retry_after,
        )
