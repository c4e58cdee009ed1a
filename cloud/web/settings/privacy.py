"""Privacy masks: what of the picture nobody is to see, drawn on the latest one or typed.

A mask is typed as its corners in per cent of the picture's width and height, `10 20, 40 20, 40 60`;
pressing on the picture writes the same text.
"""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.devices.config import Mask, PrivacySection, read_config
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.bodies import Body
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.page import Reader, draw_tab, save_sections
from cloud.web.settings.tabs import PATH, PRIVACY

FEWEST_CORNERS = 3
ENTIRE = 100
"""Per cent."""

Change = Callable[[Sequence[Mask]], Sequence[object]]

router = APIRouter(prefix=PATH)


class PrivacyForm(Body):
    """The section of the config document that is on the tab."""

    privacy: PrivacySection


@router.get("/privacy")
async def privacy_tab(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    return await draw_tab(sheet, who, device_id, PRIVACY, read=_keep(""))


@router.post("/privacy")
async def add_mask(who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm) -> Response:
    """Cover one more area, from the next picture on."""
    return await _save(
        sheet, who, device_id, form, lambda masks: [*masks, read_corners(form.text("corners"))]
    )


@router.post("/privacy/remove")
async def remove_mask(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Uncover an area, from the next picture on."""
    number = form.text("mask")
    return await _save(
        sheet,
        who,
        device_id,
        form,
        lambda masks: [mask for place, mask in enumerate(masks) if str(place) != number],
    )


def read_corners(typed: str) -> list[tuple[float, float]]:
    """The corners as fractions. Raises Malformed with what is wrong with the text."""
    corners = [_read_corner(each) for each in typed.replace(";", ",").split(",") if each.strip()]
    if len(corners) < FEWEST_CORNERS:
        raise _wrong("A mask has at least three corners.")
    return corners


def _read_corner(typed: str) -> tuple[float, float]:
    try:
        across, down = (float(part) for part in typed.split())
    except ValueError:
        raise _wrong(f"“{typed.strip()}” is no corner. Type two numbers, such as 10 20.") from None
    if not (0 <= across <= ENTIRE and 0 <= down <= ENTIRE):
        raise _wrong(f"“{typed.strip()}” is not in the picture: both are from 0 to 100.")
    return round(across / ENTIRE, 4), round(down / ENTIRE, 4)


def _wrong(sentence: str) -> Malformed:
    return Malformed("form_malformed", sentence, errors=(FieldError("corners", sentence),))


async def _save(sheet: Sheet, who: Person, device_id: str, form: Form, change: Change) -> Response:
    try:
        async with sheet.database.work_for(who.organization_id) as work:
            device = await get_device(work, device_id, lock=True)
            before = read_config(device.config, sheet.settings).privacy.masks
            after = change(before)
            version = form.text("config_version")
            wanted = _validate(after)
            await save_sections(work, who, device_id, wanted, version, sheet.settings)
    except Problem as problem:
        read = _keep(form.text("corners"))
        return await draw_tab(sheet, who, device_id, PRIVACY, read=read, refusal=problem)
    removed = [mask for mask in before if mask not in after]
    notice = Notice.MASK_REMOVED if removed else Notice.SETTINGS_SAVED
    undo = _undo(device, removed[0]) if removed else []
    return sheet.go(PRIVACY.address(device.unit_id), notice, undo=undo)


def _undo(device: Device, removed: Mask) -> list[tuple[str, str]]:
    corners = ", ".join(f"{x * ENTIRE:.2f} {y * ENTIRE:.2f}" for x, y in removed)
    version = str(device.config_version)
    return [("camera", device.unit_id), ("config_version", version), ("corners", corners)]


def _keep(corners: str) -> Reader:
    async def read(*_: object) -> Mapping[str, object]:
        return {"corners": corners}

    return read


def _validate(masks: Sequence[object]) -> PrivacyForm:
    """Raises Malformed where there are too many masks or corners."""
    try:
        return validate(PrivacyForm, {"privacy": {"masks": masks}})
    except Malformed as malformed:
        raise _wrong(malformed.errors[0].message) from None
