"""The cameras as devices: which there are, when each was last heard, pausing one."""

from fastapi import APIRouter, Response

from cloud.devices.editing import DeviceChanges, edit_device
from cloud.devices.models import DeviceStatus
from cloud.devices.queries import get_device, get_organization
from cloud.kit.bodies import Body
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.returning import PageBefore
from cloud.web.sights import read_cameras

router = APIRouter(prefix="/ui/devices")


class StatusBody(Body):
    """What a device is to be from now on."""

    status: DeviceStatus


@router.get("")
async def all_devices(who: ViewerOnPage, sheet: TheSheet) -> Response:
    """Every device, and how many more there may be."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        cameras = await read_cameras(work, sheet.settings, sheet.now, sheet.day_counts)
        limit = (await get_organization(work)).device_limit
    devices = [camera.device for camera in cameras]
    return sheet.draw("devices/index.html", frame, devices=devices, limit=limit)


@router.post("/{device_id}/status")
async def set_status(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm, page_before: PageBefore
) -> Response:
    """Pause a camera, or resume it."""
    async with sheet.database.work_for(who.organization_id) as work:
        await get_device(work, device_id)
        status = form.read(StatusBody).status
        await edit_device(work, who, device_id, DeviceChanges(status=status))
    is_paused = status is DeviceStatus.PAUSED
    notice = Notice.PAUSED if is_paused else Notice.RESUMED
    before = DeviceStatus.ACTIVE if is_paused else DeviceStatus.PAUSED
    return sheet.go(page_before, notice, undo=[("camera", device_id), ("status", before)])
