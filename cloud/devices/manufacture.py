"""Making units: ids to print on cameras, nobody's until one is activated."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, tuple_

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.models import Unit
from cloud.devices.spelling import new_unit_id
from cloud.kit.database import OrganizationWork, Work
from cloud.kit.paging import Cursor, PageRequest

LARGEST_BATCH = 1000


@dataclass(frozen=True)
class UnitPage:
    units: Sequence[Unit]
    next_cursor: str | None


async def make_units(
    work: OrganizationWork, who: Person, *, quantity: int, batch_id: str | None
) -> Sequence[Unit]:
    """Make units. The work is of the platform admin's own organization, for its audit.

    Two equal ids among 2^60 end the transaction, and the caller may ask again.
    """
    rows = [
        {"id": new_unit_id(), "batch_id": batch_id, "made_by": who.user_id} for _ in range(quantity)
    ]
    units = (await work.session.scalars(insert(Unit).returning(Unit), rows)).all()
    note(work, who, "units.made", batch_id, quantity=quantity)
    return units


async def list_free_units(work: Work, *, limit: int) -> Sequence[Unit]:
    """Units that were made and are nobody's yet, newest first."""
    statement = select(Unit).where(Unit.organization_id.is_(None))
    newest = statement.order_by(Unit.made_at.desc(), Unit.id.desc()).limit(limit)
    units: Sequence[Unit] = (await work.execute(newest)).scalars().all()
    return units


async def list_units(work: Work, page: PageRequest, *, batch_id: str | None) -> UnitPage:
    """All units there are, newest first."""
    statement = select(Unit).order_by(Unit.made_at.desc(), Unit.id.desc()).limit(page.limit + 1)
    if batch_id is not None:
        statement = statement.where(Unit.batch_id == batch_id)
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.id)
        statement = statement.where(tuple_(Unit.made_at, Unit.id) < behind)
    units: Sequence[Unit] = (await work.execute(statement)).scalars().all()
    if len(units) <= page.limit:
        return UnitPage(units, None)
    last = units[page.limit - 1]
    return UnitPage(units[: page.limit], Cursor(last.made_at, last.id).encode())
