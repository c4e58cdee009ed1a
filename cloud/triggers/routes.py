"""The addresses at which people ask for a picture, and see what became of it."""

from fastapi import APIRouter

from cloud.accounts.access import Member, Viewer
from cloud.devices.queries import get_device
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase
from cloud.triggers.asking import Asked, ask_for_picture
from cloud.triggers.queries import list_askings, trigger_document
from cloud.triggers.schemas import AskedAnswer, TriggerList

router = APIRouter(prefix="/v1/devices/{device_id}", tags=["Triggers"])


@router.post("/trigger", status_code=202, response_model=AskedAnswer)
async def trigger(who: Member, database: TheDatabase, device_id: str) -> JsonAnswer:
    """Ask for a picture now: `sent` to a camera that listens, else `queued` for ten minutes.

    409 for a paused camera, 429 within seven seconds of the last asking.
    """
    async with database.work_for(who.organization_id) as work:
        asked = await ask_for_picture(work, who, device_id)
    return say_asked(asked)


def say_asked(asked: Asked) -> JsonAnswer:
    document = {
        "trigger_id": asked.trigger_id,
        "status": asked.status,
        "connected": asked.connected,
    }
    return JsonAnswer(document, 202)


@router.get("/triggers", response_model=TriggerList)
async def list_triggers(
    who: Viewer, database: TheDatabase, device_id: str, page: Paged
) -> JsonAnswer:
    """What a camera was asked for and what became of it, newest first."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        found = await list_askings(work, device.id, page)
    triggers = [trigger_document(asking) for asking in found.askings]
    return JsonAnswer({"triggers": triggers, "next_cursor": found.next_cursor})
