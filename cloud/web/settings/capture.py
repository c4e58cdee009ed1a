"""What the camera is called, how it takes its pictures, and when it takes one by itself."""

from typing import Annotated

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.devices.config import CaptureSection, HeartbeatSection, TriggerSection
from cloud.devices.editing import DeviceChanges, edit_device
from cloud.devices.models import Device
from cloud.kit.bodies import Body, Name, OneLine
from cloud.kit.database import OrganizationWork
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.settings.page import draw_tab, save_tab
from cloud.web.settings.tabs import CAPTURE, PATH

router = APIRouter(prefix=PATH)


class CaptureForm(Body):
    """Everything on the tab."""

    friendly_name: Name
    location: Annotated[str, OneLine(at_most=200)]
    capture: CaptureSection
    trigger: TriggerSection
    heartbeat: HeartbeatSection
    digital_output_enabled: bool


@router.get("")
@router.get("/capture")
async def capture_tab(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    return await draw_tab(sheet, who, device_id, CAPTURE)


@router.post("/capture")
async def save_capture(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Change the camera's name and place, and what it is told to do."""
    return await save_tab(sheet, who, device_id, CAPTURE, form, CaptureForm, also=_rename)


async def _rename(work: OrganizationWork, who: Person, device: Device, wanted: CaptureForm) -> None:
    if (wanted.friendly_name, wanted.location) != (device.friendly_name, device.location or ""):
        changes = DeviceChanges(wanted.friendly_name, location=wanted.location)
        await edit_device(work, who, device.unit_id, changes)
