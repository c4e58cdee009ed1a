"""The cameras page says what the month's budget leaves out, and what to do."""

from decimal import Decimal

from cloud.captures.usage import count_usage
from cloud.evaluation.budget.models import Budget
from cloud.kit.database import Database
from tests.factories import make_device
from tests.web.conftest import Owner


async def test_the_cameras_page_says_what_the_budget_leaves_out(
    owner: Owner, database: Database
) -> None:
    device = await make_device(database, owner.someone.organization_id)
    async with database.work_for(device.organization_id) as work:
        work.add(Budget(organization_id=work.organization_id, monthly_usd=Decimal(10)))
        await count_usage(work, device.device_id, cost_usd=Decimal(7))
    assert "budget" not in (await owner.browser.get("/ui")).text
    async with database.work_for(device.organization_id) as work:
        await count_usage(work, device.device_id, cost_usd=Decimal(5))
    page = (await owner.browser.get("/ui")).text
    assert "budget is used up" in page
    assert "Raise the budget, or wait until" in page
