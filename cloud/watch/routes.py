"""The addresses that show whole cameras: activated, listed, read, changed."""

from fastapi import APIRouter, Request

from cloud.accounts.access import Admin, Member, Viewer
from cloud.devices.activation import activate
from cloud.devices.editing import DeviceChanges, edit_device
from cloud.devices.pairing import setup_command
from cloud.devices.schemas import ActivateBody, EditBody
from cloud.devices.throttles import ACTIVATING, throttle_person
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.qr import draw_qr
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.watch.documents import device_document
from cloud.watch.queries import get_sighting, list_sightings
from cloud.watch.schemas import ActivationAnswer, DeviceAnswer, DeviceList

router = APIRouter(prefix="/v1/devices", tags=["Devices"])


@router.post("/activate", status_code=201, response_model=ActivationAnswer)
async def activate_unit(
    who: Admin, request: Request, database: TheDatabase, settings: TheSettings, body: ActivateBody
) -> JsonAnswer:
    """Make a unit your camera, if a slot is free or a code gives one.

    402 no slot, 403 a code for others, 404 an unknown id, 409 somebody's, or a code redeemed
    before, 410 a code expired, used up or withdrawn, 422 a wrong code. Then nothing is used.
    """
    await throttle_person(request, database, ACTIVATING, who)
    now = utc_now()
    async with database.work_for(who.organization_id) as work:
        done = await activate(
            work,
            who,
            body.device_id,
            activation_code=body.activation_code,
            friendly_name=body.friendly_name,
        )
        sighting = await get_sighting(work, done.device.unit_id, now=now)
    command = setup_command(settings.base_url, done.pairing_code.code)
    answer = {
        "device": device_document(sighting, settings, now),
        "device_key": done.device_key,
        "setup_command": command,
        "qr_code_svg": draw_qr(command),
        "benefit": vars(done.benefit) if done.benefit else None,
    }
    return JsonAnswer(answer, 201)


@router.get("", response_model=DeviceList)
async def list_devices(
    who: Viewer, database: TheDatabase, settings: TheSettings, page: Paged
) -> JsonAnswer:
    """Your cameras, each with its newest capture and whether it is really being watched."""
    now = utc_now()
    async with database.work_for(who.organization_id) as work:
        found = await list_sightings(work, page, now=now)
    devices = [device_document(one, settings, now) for one in found.sightings]
    return JsonAnswer({"devices": devices, "next_cursor": found.next_cursor})


@router.get("/{device_id}", response_model=DeviceAnswer)
async def read_device(
    who: Viewer, database: TheDatabase, settings: TheSettings, device_id: str
) -> JsonAnswer:
    """One camera."""
    now = utc_now()
    async with database.work_for(who.organization_id) as work:
        sighting = await get_sighting(work, device_id, now=now)
    return JsonAnswer(device_document(sighting, settings, now))


@router.patch("/{device_id}", response_model=DeviceAnswer)
@router.put("/{device_id}", response_model=DeviceAnswer)
async def change_device(
    who: Member, database: TheDatabase, settings: TheSettings, device_id: str, body: EditBody
) -> JsonAnswer:
    """Change what a camera is called, where it stands, or whether it is paused."""
    changes = DeviceChanges(**body.model_dump())
    now = utc_now()
    async with database.work_for(who.organization_id) as work:
        await edit_device(work, who, device_id, changes)
        await work.flush()
        sighting = await get_sighting(work, device_id, now=now)
    return JsonAnswer(device_document(sighting, settings, now))
