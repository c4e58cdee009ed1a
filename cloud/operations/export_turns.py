"""One export of an organization at a time, in whichever process.

Its turn is a lease that it renews as it goes on. Of one that was broken off the turn is free again
once that has run out.
"""

from uuid import UUID, uuid4

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.operations.models import Export

LEASE_SECONDS = 30
ALIVE_UNTIL = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_SECONDS)


class TurnLost(Exception):
    """Somebody else has begun meanwhile, or whoever asked may not have it any more.

    The file ends unfinished.
    """


async def take_turn(work: OrganizationWork) -> UUID:
    """The token of a new turn. Raises Conflict `export_running`."""
    token = uuid4()
    put = insert(Export).values(
        organization_id=work.organization_id, token=token, alive_until=ALIVE_UNTIL
    )
    taken = await work.scalar(
        put.on_conflict_do_update(
            index_elements=["organization_id"],
            set_={"token": put.excluded.token, "alive_until": put.excluded.alive_until},
            where=Export.alive_until < func.clock_timestamp(),
        ).returning(Export.token)
    )
    if taken is None:
        raise Conflict(
            "export_running",
            "An export is under way, or was broken off just now. Try again in half a minute.",
            retry_after=LEASE_SECONDS,
        )
    return token


async def keep_turn(work: OrganizationWork, token: UUID) -> None:
    """Renew the lease. Raises TurnLost."""
    kept = await work.run(
        update(Export)
        .where(Export.organization_id == work.organization_id, Export.token == token)
        .values(alive_until=ALIVE_UNTIL)
    )
    if not kept:
        raise TurnLost


async def end_turn(work: OrganizationWork, token: UUID) -> None:
    """Free the turn."""
    await work.execute(
        delete(Export).where(Export.organization_id == work.organization_id, Export.token == token)
    )
