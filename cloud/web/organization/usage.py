"""What was used and what it cost, by day, camera and month; the budget and its ladder."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from cloud.accounts.sessions import Person
from cloud.evaluation.budget.ladder import Step
from cloud.evaluation.budget.schemas import BudgetBody
from cloud.evaluation.budget.setting import set_budget
from cloud.evaluation.budget.spending import read_spending
from cloud.evaluation.budget.usage import Days, read_usage
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.web.forms import TheForm, validate
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.organization.bars import bars_by_day, share_of_largest
from cloud.web.organization.page import Reader, draw_tab
from cloud.web.organization.tabs import PATH, USAGE
from cloud.web.rendering import Frame

A_YEAR = timedelta(days=366)

router = APIRouter(prefix=PATH)


class Span(StrEnum):
    """The days that the page is about; they end today."""

    MONTH = "month"
    LAST_30 = "30-days"
    LAST_90 = "90-days"


class Measure(StrEnum):
    """What the bars are as long as."""

    COST = "cost_usd"
    CAPTURES = "captures"
    CALLS = "ai_calls"


async def _wanted(
    span: Annotated[Span, Query()] = Span.MONTH,
    by: Annotated[Measure, Query()] = Measure.COST,
) -> tuple[Span, Measure]:
    return span, by


Wanted = Annotated[tuple[Span, Measure], Depends(_wanted)]


@router.get("/usage")
async def usage_tab(who: ViewerOnPage, sheet: TheSheet, wanted: Wanted) -> Response:
    return await draw_tab(sheet, who, USAGE, _read(*wanted))


@router.post("/budget")
async def save_budget(who: AdminOnPage, sheet: TheSheet, form: TheForm, wanted: Wanted) -> Response:
    """Say how much may be spent in a calendar month; an empty field means no limit."""
    try:
        body = validate(BudgetBody, {"monthly_usd": form.text("monthly_usd").strip() or None})
    except Problem as problem:
        return await draw_tab(sheet, who, USAGE, _read(*wanted), typed=form, refusal=problem)
    async with sheet.database.work_for(who.organization_id) as work:
        await set_budget(work, who, body.monthly_usd)
    return sheet.go(USAGE.address, Notice.BUDGET_SET)


def _read(span: Span, measure: Measure) -> Reader:
    async def read(work: OrganizationWork, _who: Person, frame: Frame) -> Mapping[str, Any]:
        spending = await read_spending(work, frame.now)
        today = spending.month.today
        first = {
            Span.MONTH: spending.month.first,
            Span.LAST_30: today - timedelta(days=29),
            Span.LAST_90: today - timedelta(days=89),
        }[span]
        days = Days.between(first, today)
        usage = await read_usage(work, days)
        year = await read_usage(work, Days.between(today - A_YEAR, today))
        return {
            "usage": usage,
            "days": bars_by_day(usage["by_day"], days, measure),
            "devices": share_of_largest(usage["by_device"], measure),
            "months": share_of_largest(list(reversed(year["by_month"])), measure),
            "spending": spending,
            "steps": list(Step),
            "span": span,
            "spans": {Span.MONTH: "This month", Span.LAST_30: "30 days", Span.LAST_90: "90 days"},
            "measure": measure,
            "measures": {
                Measure.COST: "Cost",
                Measure.CAPTURES: "Captures",
                Measure.CALLS: "Model calls",
            },
        }

    return read
