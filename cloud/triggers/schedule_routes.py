"""The addresses at which people give a camera its standing orders; the camera may read its own."""

from fastapi import APIRouter, Response

from cloud.accounts.access import Member
from cloud.accounts.sessions import Person
from cloud.devices.access import ViewerOrDevice
from cloud.devices.queries import device_not_found, get_device
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.triggers.schedule_schemas import ScheduleBody, ScheduleDocument, ScheduleList
from cloud.triggers.schedules import list_schedules, page_of, schedule_document
from cloud.triggers.scheduling import add_schedule, change_schedule, remove_schedule

router = APIRouter(prefix="/v1/devices/{device_id}/schedules", tags=["Triggers"])


@router.get("", response_model=ScheduleList)
async def read_schedules(
    who: ViewerOrDevice, database: TheDatabase, device_id: str, page: Paged
) -> JsonAnswer:
    """When the camera is asked for pictures, each schedule with its next five moments."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        if not isinstance(who, Person) and device.id != who.device_id:
            raise device_not_found()
        found = page_of(await list_schedules(work, device.id), page)
    now = utc_now()
    schedules = [await schedule_document(each, device, now) for each in found.schedules]
    return JsonAnswer({"schedules": schedules, "next_cursor": found.next_cursor})


@router.post("", status_code=201, response_model=ScheduleDocument)
async def make_schedule(
    who: Member,
    database: TheDatabase,
    settings: TheSettings,
    device_id: str,
    body: ScheduleBody,
) -> JsonAnswer:
    """Have the camera asked for pictures from now on; a camera has at most 20 schedules."""
    async with database.work_for(who.organization_id) as work:
        added = await add_schedule(work, who, device_id, body.said(), settings=settings)
    return JsonAnswer(await schedule_document(*added, utc_now()), 201)


@router.patch("/{schedule_id}", response_model=ScheduleDocument)
async def edit_schedule(
    who: Member,
    database: TheDatabase,
    settings: TheSettings,
    device_id: str,
    schedule_id: str,
    body: ScheduleBody,
) -> JsonAnswer:
    """Change what is sent; other times hold from now on, and nothing is made up for."""
    async with database.work_for(who.organization_id) as work:
        changed = await change_schedule(
            work, who, device_id, schedule_id, body.said(), settings=settings
        )
    return JsonAnswer(await schedule_document(*changed, utc_now()))


@router.delete("/{schedule_id}", status_code=204)
async def end_schedule(
    who: Member, database: TheDatabase, device_id: str, schedule_id: str
) -> Response:
    """Remove a schedule. What it asked for stays in the camera's history."""
    async with database.work_for(who.organization_id) as work:
        await remove_schedule(work, who, device_id, schedule_id)
    return Response(status_code=204)
