"""Reading normal descriptions: the one in force, one version, all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from cloud.descriptions.models import NormalDescription
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Malformed, NotFound
from cloud.kit.paging import Cursor, PageRequest


@dataclass(frozen=True)
class DescriptionPage:
    descriptions: Sequence[NormalDescription]
    next_cursor: str | None


async def description_in_force(work: OrganizationWork, device_id: UUID) -> NormalDescription | None:
    """The version activated last, by which this device's captures are judged; None without any.

    `device_id` is the id of the device's row.
    """
    values = {"organization_id": work.organization_id, "device_id": device_id}
    description: NormalDescription | None = await work.scalar(IN_FORCE, values)
    return description


async def get_description(
    work: OrganizationWork, device_id: UUID, version: int
) -> NormalDescription:
    """One version. Raises NotFound."""
    description: NormalDescription | None = await work.scalar(
        select(NormalDescription).where(
            NormalDescription.organization_id == work.organization_id,
            NormalDescription.device_id == device_id,
            NormalDescription.version == version,
        )
    )
    if description is None:
        raise description_not_found()
    return description


async def get_compared(
    work: OrganizationWork, device_id: UUID, description: NormalDescription, against: int | None
) -> NormalDescription:
    """What a version is compared with: `against`, else the one in force, else the one before it.

    The very first version is compared with itself. Raises NotFound.
    """
    if against is not None:
        return await get_description(work, device_id, against)
    current = await description_in_force(work, device_id)
    if current is not None and current is not description:
        return current
    return await get_description(work, device_id, max(1, description.version - 1))


def description_not_found() -> NotFound:
    return NotFound("description_not_found", "There is no such version of the description.")


async def list_descriptions(
    work: OrganizationWork, device_id: UUID, page: PageRequest
) -> DescriptionPage:
    """All versions, newest first."""
    statement = select(NormalDescription).where(
        NormalDescription.organization_id == work.organization_id,
        NormalDescription.device_id == device_id,
    )
    if page.cursor:
        statement = statement.where(NormalDescription.version < _version(page.cursor))
    statement = statement.order_by(NormalDescription.version.desc()).limit(page.limit + 1)
    found: Sequence[NormalDescription] = (await work.execute(statement)).scalars().all()
    if len(found) <= page.limit:
        return DescriptionPage(found, None)
    last = found[page.limit - 1]
    return DescriptionPage(found[: page.limit], Cursor(last.created_at, str(last.version)).encode())


def _version(cursor: Cursor) -> int:
    if not VERSION.fullmatch(cursor.id):
        raise Malformed("cursor_malformed", "The cursor is not one that this list gave.")
    return int(cursor.id)


VERSION = re.compile("[0-9]{1,9}")


IN_FORCE = (
    select(NormalDescription)
    .where(
        NormalDescription.organization_id == bindparam("organization_id"),
        NormalDescription.device_id == bindparam("device_id"),
        NormalDescription.activated_at.is_not(None),
    )
    .order_by(NormalDescription.activated_at.desc(), NormalDescription.version.desc())
    .limit(1)
)
