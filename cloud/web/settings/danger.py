"""What cannot be taken back: a new way in for the camera's computer, and the camera's release."""

from fastapi import APIRouter, Response

from cloud.devices.keys import rotate_key
from cloud.devices.queries import get_device
from cloud.devices.release import release
from cloud.devices.spelling import normal_unit_id
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import AdminOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import DANGER, PATH

router = APIRouter(prefix=PATH)


@router.get("/danger")
async def danger_tab(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    return await draw_tab(sheet, who, device_id, DANGER)


@router.post("/danger/key")
async def make_key(who: AdminOnPage, sheet: TheSheet, device_id: str) -> Response:
    """Give the camera a new key, shown this once; the old one is dead."""
    async with sheet.database.work_for(who.organization_id) as work:
        key = await rotate_key(work, who, device_id, grace_seconds=0)
        frame = await sheet.frame(work, who)
        device = await get_device(work, device_id)
    return sheet.draw(
        "settings/key.html",
        frame,
        status=201,
        device={"device_id": device.unit_id, "friendly_name": device.friendly_name},
        back=DANGER.address(device.unit_id),
        device_key=key,
    )


@router.post("/danger/release")
async def release_unit(
    who: AdminOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """End the camera here, once its id was typed; its captures stay or go, as was chosen."""
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device = await get_device(work, device_id)
            _require_id(form.text("confirmation"), device.unit_id)
            erase = form.text("captures") == "delete"
            await release(work, who, device_id, erase_captures=erase)
    except Problem as problem:
        return await draw_tab(sheet, who, device_id, DANGER, typed=form, refusal=problem)
    return sheet.go("/ui/devices", Notice.RELEASED)


def _require_id(typed: str, unit_id: str) -> None:
    if normal_unit_id(typed) != unit_id:
        wrong = FieldError("confirmation", f"This is not its id. Type {unit_id}.")
        raise Malformed("confirmation_wrong", wrong.message, errors=(wrong,))
