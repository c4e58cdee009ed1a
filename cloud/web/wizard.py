"""The add-camera wizard: an id, a code where one is needed, a name, and what is normal there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloud.accounts.sessions import Person
from cloud.descriptions.schemas import LONGEST_DESCRIPTION
from cloud.descriptions.writing import Draft, write_description
from cloud.devices.activation import Activated, activate
from cloud.devices.manufacture import list_free_units, make_units
from cloud.devices.queries import count_devices, get_organization, list_unheard
from cloud.devices.schemas import ActivateBody
from cloud.devices.throttles import ACTIVATING, throttle_person
from cloud.kit.bodies import Body, ManyLines
from cloud.kit.errors import Problem
from cloud.web.forms import Form, TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import AdminOnPage, PlatformAdminOnPage
from cloud.web.setting_up import ShownOnce, draw_setup

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

MOST_OFFERED = 6
"""Of the units and cameras that wait; more are a list of their own."""

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
    free = await _list_free_units(sheet, who)
    chosen = device_id or choose_unit(free)
    return await _draw(sheet, who, Values(device_id=chosen), free)


@router.post("/add")
async def add_camera(
    who: AdminOnPage, request: Request, sheet: TheSheet, form: TheForm
) -> Response:
    """Activate the unit and show its key and its setup command, this once."""
    try:
        await throttle_person(request, sheet.database, ACTIVATING, who)
        activated = await _activate(sheet, who, form)
    except Problem as problem:
        free = await _list_free_units(sheet, who)
        return await _draw(sheet, who, _typed(form), free, problem)
    benefit = activated.benefit.message if activated.benefit else ""
    shown = ShownOnce(activated.pairing_code, activated.device_key, benefit)
    return await draw_setup(sheet, who, activated.device.unit_id, shown)


@router.post("/units")
async def make_unit(who: PlatformAdminOnPage, sheet: TheSheet) -> Response:
    """Make a new unit id for the wizard's first step."""
    async with sheet.database.work_for(who.organization_id) as work:
        (unit,) = await make_units(work, who, quantity=1, batch_id=None)
    return sheet.go(f"/ui/devices/add?device_id={unit.id}")


def choose_unit(free: Sequence[str]) -> str:
    """The unit that stands in the first step: where one waits it is that; where many, none yet."""
    return free[0] if len(free) == 1 else ""


async def _list_free_units(sheet: Sheet, who: Person) -> Sequence[str]:
    """Units that wait for somebody to activate them. Only who makes them may know of them."""
    if not who.is_platform_admin:
        return []
    async with sheet.database.work_for(who.organization_id) as work:
        return [unit.id for unit in await list_free_units(work, limit=MOST_OFFERED)]


async def _activate(sheet: Sheet, who: Person, form: Form) -> Activated:
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
        if text:
            await write_description(work, who, activated.device.unit_id, Draft(text))
    return activated


async def _draw(
    sheet: Sheet,
    who: Person,
    values: Values,
    free_units: Sequence[str],
    refusal: Problem | None = None,
) -> Response:
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        limit = (await get_organization(work)).device_limit
        used = await count_devices(work)
        unheard = await list_unheard(work, limit=MOST_OFFERED)
    return sheet.draw_form(
        "devices/add.html",
        frame,
        refusal,
        fields=FIELD_OF,
        values=values,
        is_first=used == 0,
        slots_left=max(0, limit - used),
        unheard=unheard,
        free_units=free_units,
    )


def _typed(form: Form) -> Values:
    return Values(**{name: form.text(name) for name in vars(Values())})
