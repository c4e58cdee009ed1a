"""A camera's setup: the command with its code, and the words that say when the camera is here."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.pairing import IssuedPairingCode, issue_pairing_code, setup_command
from cloud.devices.queries import get_device
from cloud.kit.qr import draw_qr
from cloud.web.arriving import Stage, read_arrival
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.sights import read_camera

CREATED = 201

router = APIRouter(prefix="/ui/devices/{device_id}/setup")


@dataclass(frozen=True)
class ShownOnce:
    """What no later page can show again."""

    code: IssuedPairingCode
    device_key: str = ""
    benefit: str = ""


@router.get("")
async def setup(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    """How far the camera has come."""
    return await draw_setup(sheet, who, device_id)


@router.post("")
async def make_code(who: MemberOnPage, sheet: TheSheet, device_id: str) -> Response:
    """Make a code with which the camera's computer fetches a new key, and show it this once."""
    async with sheet.database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id, lock=True)
        issued = await issue_pairing_code(work, device)
        note(work, who, "device.pairing_code_made", device.unit_id)
    return await draw_setup(sheet, who, device_id, ShownOnce(issued))


async def draw_setup(
    sheet: Sheet, who: Person, device_id: str, shown: ShownOnce | None = None
) -> Response:
    """The page of a camera's setup, with what was just made and is shown this once."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        arrival = await read_arrival(work, camera, sheet.now)
    command = setup_command(sheet.settings.base_url, shown.code.code) if shown else ""
    return sheet.draw(
        "devices/setup.html",
        frame,
        status=CREATED if shown else 200,
        camera=camera,
        arrival=arrival,
        stages=Stage,
        shown=shown,
        setup_command=command,
        qr_code_svg=draw_qr(command) if command else "",
    )
