"""Setting how much an organization may spend in a calendar month."""

from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.evaluation.budget.models import Budget
from cloud.kit.database import OrganizationWork


async def set_budget(work: OrganizationWork, who: Person, monthly_usd: Decimal | None) -> None:
    """Set it, or take it away with None. It counts from the next capture that is judged."""
    if monthly_usd is None:
        await work.execute(delete(Budget).where(Budget.organization_id == work.organization_id))
    else:
        put = insert(Budget).values(organization_id=work.organization_id, monthly_usd=monthly_usd)
        await work.execute(
            put.on_conflict_do_update(
                index_elements=["organization_id"], set_={"monthly_usd": monthly_usd}
            )
        )
    said = None if monthly_usd is None else str(monthly_usd)
    note(work, who, "budget.set", str(work.organization_id), monthly_usd=said)
    await work.flush()
