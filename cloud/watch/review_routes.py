"""The addresses of what to look at next, and of how often verdicts are wrong."""

from dataclasses import asdict

from fastapi import APIRouter

from cloud.accounts.access import Viewer
from cloud.captures.documents import capture_document
from cloud.captures.queries import device_of_unit
from cloud.captures.schemas import UnitFilter
from cloud.devices.queries import get_device
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.watch.error_rates import measure_errors
from cloud.watch.review import find_reviews
from cloud.watch.review_schemas import ErrorRatesAnswer, ReviewList

router = APIRouter(prefix="/v1", tags=["Review"])


@router.get("/review", response_model=ReviewList)
async def list_reviews(
    who: Viewer,
    database: TheDatabase,
    settings: TheSettings,
    page: Paged,
    device_id: UnitFilter = None,
) -> JsonAnswer:
    """Captures that nobody has said anything on, where a word tells the most, and why.

    There is one page: whoever has said something on these asks again.
    """
    async with database.work_for(who.organization_id) as work:
        device = await device_of_unit(work, device_id) if device_id else None
        found = await find_reviews(
            work, settings, limit=page.limit, device_id=device.id if device else None
        )
    items = [{"capture": capture_document(one.row), "why": one.why} for one in found]
    return JsonAnswer({"items": items, "next_cursor": None})


@router.get("/devices/{device_id}/error-rates", response_model=ErrorRatesAnswer, tags=["Devices"])
async def read_error_rates(who: Viewer, database: TheDatabase, device_id: str) -> JsonAnswer:
    """How often a camera's verdicts are wrong, and how sure that is."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        rates = await measure_errors(work, device.id, now=utc_now())
    return JsonAnswer(asdict(rates))
