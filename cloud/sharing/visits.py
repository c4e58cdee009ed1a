"""Visits by a link. The first opening of its page or of its API begins one and counts as a view.

The guest's cookie holds the visit's secret, and while the visit lasts nothing more is counted. What
is true of a link is looked up at each request, so that a revoked one is dead with its commit, in
every process.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Row, bindparam, or_, select, update

from cloud.accounts.hashing import Hasher
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.errors import NotFound, Unauthenticated
from cloud.kit.ids import hash_secret, new_secret
from cloud.sharing.guests import VISIT_LIFE, Guest
from cloud.sharing.models import ShareLink, ShareToken, ShareView
from cloud.sharing.queries import get_share
from cloud.sharing.shares import STANDING, Share, ShareState, share_gone
from cloud.sharing.throttling import counting_failed_passcodes, hold_link


@dataclass(frozen=True)
class Entry:
    """A guest was let in, and what the link shows can be read by `work`.

    `visit` is the secret of a visit that has just begun, for the guest's cookie.
    """

    work: OrganizationWork
    share: Share
    visit: str | None = None


class PasscodeNeeded(Unauthenticated):
    """The link asks for its passcode; nothing of what it shows is told before."""


class VisitNeeded(Unauthenticated):
    """The link's views are counted, and whoever asks has not begun one."""


@asynccontextmanager
async def entering(database: Database, guest: Guest) -> AsyncIterator[Entry]:
    """Open what a link shows; the first time counts, unless what follows here fails.

    Raises NotFound, Gone, PasscodeNeeded, and TooManyRequests where very many look at once.
    """
    found = await _find(database, guest.token)
    await hold_link(database, found.link_id)
    async with database.work_for(found.organization_id) as work:
        share = await _read_standing(work, found.link_id)
        if await _is_visiting(work, share, guest):
            yield Entry(work, share)
            return
        _require_open(share)
        yield Entry(work, share, await _begin(work, share, guest))


@asynccontextmanager
async def looking(database: Database, guest: Guest) -> AsyncIterator[Entry]:
    """Look at one thing, within a visit or by a link that asks for nothing; nothing counts.

    Raises NotFound, Gone, PasscodeNeeded, and VisitNeeded where views are limited.
    """
    async with _looking(database, guest, await _find(database, guest.token)) as entry:
        yield entry


@asynccontextmanager
async def following(database: Database, guest: Guest) -> AsyncIterator[Entry]:
    """Look for news on a page that is open: as `looking`, at the rate of openings.

    It begins no visit, so that no page that was left open uses views up. Raises as `looking` does,
    and TooManyRequests.
    """
    found = await _find(database, guest.token)
    await hold_link(database, found.link_id)
    async with _looking(database, guest, found) as entry:
        yield entry


@asynccontextmanager
async def announcing(database: Database, guest: Guest) -> AsyncIterator[Entry]:
    """Say what a link is, to a program that draws a preview of it; nothing counts.

    Raises NotFound, Gone, PasscodeNeeded.
    """
    found = await _find(database, guest.token)
    async with database.work_for(found.organization_id) as work:
        share = await _read_standing(work, found.link_id)
        _require_open(share)
        yield Entry(work, share)


async def unlock(
    request: Request, database: Database, hasher: Hasher, guest: Guest, passcode: str
) -> str | None:
    """Begin a visit by the passcode of a link: its secret. None where no passcode is asked.

    Raises NotFound, Gone, PasscodeNeeded for a wrong one, TooManyRequests.
    """
    found = await _find(database, guest.token)
    async with database.work_for(found.organization_id) as work:
        share = await _read_standing(work, found.link_id)
    if share.link.passcode_hash is None:
        return None
    _require_view_left(share)
    async with counting_failed_passcodes(request, database, guest.address, found.link_id):
        check = await hasher.check(share.link.passcode_hash, passcode)
        if not check.matches:
            raise PasscodeNeeded("passcode_wrong", "That is not the passcode of this link.")
    async with database.work_for(found.organization_id) as work:
        return await _begin(work, await _read_standing(work, found.link_id), guest)


@asynccontextmanager
async def _looking(database: Database, guest: Guest, found: Row[Any]) -> AsyncIterator[Entry]:
    async with database.work_for(found.organization_id) as work:
        share = await _read_standing(work, found.link_id)
        if not await _is_visiting(work, share, guest):
            _require_open(share)
            _require_unlimited(share)
        yield Entry(work, share)


async def _find(database: Database, token: str) -> Row[Any]:
    """Where a token leads.

    What has not even the form of one is looked up like any other, and answered like an address that
    there is not: nobody can tell what comes near.
    """
    found = await database.ask(FIND, {"token_hash": hash_secret(token)})
    if not found:
        raise NotFound("not_found", "There is nothing at this address.")
    return found[0]


async def _read_standing(work: OrganizationWork, link_id: UUID) -> Share:
    share = await get_share(work, link_id)
    if share.state(utc_now()) not in STANDING:
        raise share_gone()
    return share


async def _is_visiting(work: OrganizationWork, share: Share, guest: Guest) -> bool:
    if guest.visit is None:
        return False
    begun = await work.scalar(
        select(ShareView.id).where(
            ShareView.organization_id == work.organization_id,
            ShareView.link_id == share.link.id,
            ShareView.visit_hash == hash_secret(guest.visit),
            ShareView.viewed_at > utc_now() - VISIT_LIFE,
        )
    )
    return begun is not None


def _require_open(share: Share) -> None:
    _require_view_left(share)
    if share.link.passcode_hash is not None:
        raise PasscodeNeeded("passcode_needed", "This link asks for its passcode.")


def _require_unlimited(share: Share) -> None:
    if share.link.max_views is not None:
        raise VisitNeeded("visit_needed", "Your visit is over. Open the link itself again.")


def _require_view_left(share: Share) -> None:
    if share.state(utc_now()) is ShareState.USED_UP:
        raise share_gone()


async def _begin(work: OrganizationWork, share: Share, guest: Guest) -> str:
    """Count one view, if there is one left: of many that come at once, only so many get in."""
    counted = await work.run(
        update(ShareLink)
        .where(
            ShareLink.organization_id == work.organization_id,
            ShareLink.id == share.link.id,
            ShareLink.revoked_at.is_(None),
            or_(ShareLink.max_views.is_(None), ShareLink.view_count < ShareLink.max_views),
        )
        .values(view_count=ShareLink.view_count + 1, last_viewed_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    if not counted:
        raise share_gone()
    visit = new_secret()
    work.add(
        ShareView(
            organization_id=work.organization_id,
            link_id=share.link.id,
            visit_hash=hash_secret(visit),
            address=guest.address,
            user_agent=guest.user_agent,
        )
    )
    return visit


FIND = select(ShareToken.link_id, ShareToken.organization_id).where(
    ShareToken.token_hash == bindparam("token_hash")
)
