"""The addresses of what an organization uses, and of what it may spend."""

from typing import Annotated

from fastapi import APIRouter, Query

from cloud.accounts.access import Admin, Viewer
from cloud.evaluation.budget.schemas import BudgetAnswer, BudgetBody, UsageAnswer
from cloud.evaluation.budget.setting import set_budget
from cloud.evaluation.budget.spending import read_spending
from cloud.evaluation.budget.usage import Days, read_usage
from cloud.kit.bodies import Day
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1/organization", tags=["Organization"])


@router.get("/usage", response_model=UsageAnswer)
async def show_usage(
    who: Viewer,
    database: TheDatabase,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> JsonAnswer:
    """What was used and what it cost, of this month unless other days are named."""
    async with database.work_for(who.organization_id) as work:
        spending = await read_spending(work, utc_now())
        last = last or spending.month.today
        days = Days.between(first or min(spending.month.first, last), last)
        usage = await read_usage(work, days)
    return JsonAnswer({**usage, "budget": spending.as_document()})


@router.put("/budget", response_model=BudgetAnswer)
async def change_budget(who: Admin, database: TheDatabase, body: BudgetBody) -> JsonAnswer:
    """Say how much may be spent in a calendar month. It counts from the next capture on.

    From 80 % of it on one classifier is asked, from 100 % only changed pictures are judged, from
    110 % a sample of them, and from 120 % none: then cameras are not being watched, and say so.
    """
    async with database.work_for(who.organization_id) as work:
        await set_budget(work, who, body.monthly_usd)
        spending = await read_spending(work, utc_now())
    return JsonAnswer(spending.as_document())
