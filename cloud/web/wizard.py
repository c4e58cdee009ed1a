"""The add-camera wizard: an id, a code where one is needed, a name, and what is normal there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloud.accounts.sessions import Person
from cloud.descriptions.schemas import LONGEST_DESCRIPTION
from cloud.descriptions.writing import Draft, write_description
from cloud.devices.activation import Activated, activate
from cloud.devices.manufacture import make_units
from cloud.devices.pairing import setup_command
from cloud.devices.queries import count_devices, get_organization
from cloud.devices.schemas import ActivateBody
from cloud.devices.throttles import ACTIVATING, throttle_person
from cloud.kit.bodies import Body, ManyLines
from cloud.kit.errors import Problem
from cloud.kit.qr import draw_qr
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import AdminOnPage, PlatformAdminOnPage
from cloud.web.sights import Camera, read_camera

FIELD_OF: Mapping[str, str] = {
    "device_not_found": "device_id",
    "device_taken": "device_id",
    "device_already_active": "device_id",
    "no_device_slot": "activation_code",
    "activation_code_domain": "activation_code",
    "activation_code_expired": "activation_code",
    "activation_code_redeemed": "activation_code",
    "activation_code_revoked": "activation_code",
    "activation_code_used_up": "activation_code",
    "email_not_verified": "activation_code",
}
"""Which step of the wizard a refusal belongs to."""

router = APIRouter(prefix="/ui/devices")


class DescribedBody(Body):
    """What is normal there, if it was said at once."""

    description: Annotated[str, ManyLines(at_most=LONGEST_DESCRIPTION)] = ""


@dataclass(frozen=True)
class Values:
    """What stands in the form's fields."""

    device_id: str = ""
    activation_code: str = ""
    friendly_name: str = ""
    description: str = ""


@router.get("/add")
async def wizard(
    who: AdminOnPage, sheet: TheSheet, device_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    return await _draw(sheet, who, Values(device_id=device_id))


@router.post("/add")
async def add_camera(
    who: AdminOnPage, request: Request, sheet: TheSheet, form: TheForm
) -> Response:
    """Activate the unit and show its key and its setup command, this once."""
    try:
        await throttle_person(request, sheet.database, ACTIVATING, who)
        activated, camera = await _activate(sheet, who, form)
    except Problem as problem:
        return await _draw(sheet, who, _typed(form), problem)
    return await _draw_added(sheet, who, activated, camera)


@router.post("/units")
async def make_unit(who: PlatformAdminOnPage, sheet: TheSheet) -> Response:
    """Make a new unit id for the wizard's first step."""
    async with sheet.database.work_for(who.organization_id) as work:
        (unit,) = await make_units(work, who, quantity=1, batch_id=None)
    return sheet.go(f"/ui/devices/add?device_id={unit.id}")


async def _activate(sheet: Sheet, who: Person, form: Form) -> tuple[Activated, Camera]:
    body = form.read(ActivateBody)
    text = form.read(DescribedBody).description
    async with sheet.database.work_for(who.organization_id) as work:
        activated = await activate(
            work,
            who,
            body.device_id,
            activation_code=body.activation_code,
            friendly_name=body.friendly_name,
        )
        unit_id = activated.device.unit_id
        if text:
            await write_description(work, who, unit_id, Draft(text))
        camera = await read_camera(work, unit_id, sheet.settings, sheet.now)
    return activated, camera


async def _draw(
    sheet: Sheet, who: Person, values: Values, refusal: Problem | None = None
) -> Response:
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        limit = (await get_organization(work)).device_limit
        slots_left = max(0, limit - await count_devices(work))
    return sheet.draw_form(
        "devices/add.html",
        frame,
        refusal,
        fields=FIELD_OF,
        values=values,
        slots_left=slots_left,
    )


async def _draw_added(sheet: Sheet, who: Person, activated: Activated, camera: Camera) -> Response:
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
    command = setup_command(sheet.settings.base_url, activated.pairing_code.code)
    return sheet.draw(
        "devices/added.html",
        frame,
        status=201,
        device=camera.device,
        device_key=activated.device_key,
        setup_command=command,
        qr_code_svg=draw_qr(command),
        benefit=activated.benefit.message if activated.benefit else None,
    )


def _typed(form: Form) -> Values:
    return Values(**{name: form.text(name) for name in vars(Values())})
