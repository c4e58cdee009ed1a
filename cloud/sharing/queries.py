"""Reading share links: one, pages of them, those by whom they were used, cameras that have some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select, tuple_

from cloud.captures.models import Capture
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import Cursor, PageRequest
from cloud.sharing.models import ShareLink, ShareView
from cloud.sharing.shares import Share


@dataclass(frozen=True)
class SharePage:
    shares: Sequence[Share]
    next_cursor: str | None


@dataclass(frozen=True)
class ViewPage:
    views: Sequence[ShareView]
    next_cursor: str | None


def parse_share_link_id(share_link_id: str) -> UUID:
    """The id of a link. What is no id cannot be found: raises NotFound."""
    try:
        return UUID(share_link_id)
    except ValueError:
        raise share_link_not_found() from None


def share_link_not_found() -> NotFound:
    """Missing or another organization's: the same to whoever asks."""
    return NotFound("share_link_not_found", "There is no such share link.")


async def get_share(work: OrganizationWork, link_id: UUID, *, lock: bool = False) -> Share:
    """One link, locked until the commit if it is to change. Raises NotFound."""
    statement = _shares(work).where(ShareLink.id == link_id)
    if lock:
        statement = statement.with_for_update(of=ShareLink)
    row = (await work.execute(statement)).one_or_none()
    if row is None:
        raise share_link_not_found()
    return _share(row)


async def list_shares(work: OrganizationWork, page: PageRequest) -> SharePage:
    """A page of links, the last made first."""
    statement = _shares(work)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(ShareLink.created_at, ShareLink.id) < behind)
    statement = statement.order_by(ShareLink.created_at.desc(), ShareLink.id.desc())
    rows = (await work.execute(statement.limit(page.limit + 1))).all()
    found = [_share(row) for row in rows[: page.limit]]
    if len(rows) <= page.limit:
        return SharePage(found, None)
    last = found[-1].link
    return SharePage(found, Cursor(last.created_at, str(last.id)).encode())


async def list_views(work: OrganizationWork, link_id: UUID, page: PageRequest) -> ViewPage:
    """A page of a link's views, newest first. Raises NotFound."""
    await get_share(work, link_id)
    statement = select(ShareView).where(
        ShareView.organization_id == work.organization_id, ShareView.link_id == link_id
    )
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(ShareView.viewed_at, ShareView.id) < behind)
    statement = statement.order_by(ShareView.viewed_at.desc(), ShareView.id.desc())
    rows = (await work.session.scalars(statement.limit(page.limit + 1))).all()
    if len(rows) <= page.limit:
        return ViewPage(rows, None)
    last = rows[page.limit - 1]
    return ViewPage(rows[: page.limit], Cursor(last.viewed_at, str(last.id)).encode())


async def shared_devices(work: OrganizationWork, now: datetime) -> frozenset[UUID]:
    """The row ids of the cameras of which strangers may see something right now."""
    values = {"organization_id": work.organization_id, "now": now}
    return frozenset((await work.execute(SHARED_DEVICES, values)).scalars())


def _shares(work: OrganizationWork) -> Select[Any]:
    shown = and_(Capture.id == ShareLink.capture_id, Capture.deleted_at.is_(None))
    columns: tuple[Any, ...] = (ShareLink, Device.friendly_name, Device.released_at, Capture.id)
    return (
        select(*columns)
        .join(Device, Device.id == ShareLink.device_id)
        .outerjoin(Capture, shown)
        .where(
            ShareLink.organization_id == work.organization_id,
            Device.organization_id == work.organization_id,
        )
    )


def _share(row: Any) -> Share:
    link, device_name, released_at, capture_id = row
    has_capture = link.capture_id is None or capture_id is not None
    return Share(link, device_name, shows_something=released_at is None and has_capture)


_capture_is_there = (
    select(Capture.id)
    .where(Capture.id == ShareLink.capture_id, Capture.deleted_at.is_(None))
    .exists()
)
SHARED_DEVICES = (
    select(ShareLink.device_id)
    .join(Device, Device.id == ShareLink.device_id)
    .where(
        ShareLink.organization_id == bindparam("organization_id"),
        ShareLink.revoked_at.is_(None),
        ShareLink.expires_at > bindparam("now"),
        or_(ShareLink.max_views.is_(None), ShareLink.view_count < ShareLink.max_views),
        Device.released_at.is_(None),
        or_(ShareLink.capture_id.is_(None), _capture_is_there),
    )
    .distinct()
)
"""The devices of links whose `Share.state` is active."""
