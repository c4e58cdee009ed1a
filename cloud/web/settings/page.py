"""The page around every tab: whose settings they are, the other tabs, what was typed, saving."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from fastapi import Response

from cloud.accounts.sessions import Person
from cloud.devices.config import ConfigDocument, read_config
from cloud.devices.configuring import change_config
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.bodies import Body
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import PreconditionFailed, Problem
from cloud.kit.settings import Settings
from cloud.web.forms import Form
from cloud.web.framing import Sheet
from cloud.web.notices import Notice
from cloud.web.settings.sections import (
    RANGES,
    find_changes,
    flatten,
    keep_typed,
    read_sections,
)
from cloud.web.settings.tabs import TABS, Tab
from cloud.web.sights import read_camera

B = TypeVar("B", bound=Body)

Check = Callable[[ConfigDocument], None]
"""Raises Malformed where what is to change may be written down by programs, but not here."""

Reader = Callable[[Sheet, OrganizationWork, Device], Awaitable[Mapping[str, Any]]]
"""Reads what a tab shows beside the settings themselves."""

Writer = Callable[[OrganizationWork, Person, Device, B], Awaitable[object]]
"""Writes down what is on a tab beside sections of the config document."""


async def draw_tab(
    sheet: Sheet,
    who: Person,
    device_id: str,
    tab: Tab,
    *,
    read: Reader | None = None,
    typed: Form | None = None,
    refusal: Problem | None = None,
    template: str | None = None,
) -> Response:
    """One tab: with what is in force, or with what was typed and why it could not be taken.

    A page under the tab has a `template` of its own.
    """
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        camera = await read_camera(work, device_id, sheet.settings, sheet.now)
        device = await get_device(work, device_id)
        more = await read(sheet, work, device) if read is not None else {}
    in_force = _in_force(device, sheet.settings)
    return sheet.draw_form(
        template or tab.template,
        frame,
        refusal,
        tabs=TABS,
        tab=tab,
        camera=camera,
        config_version=device.config_version,
        in_force=in_force,
        values=in_force if typed is None else keep_typed(in_force, typed),
        ranges=RANGES,
        is_conflict=isinstance(refusal, PreconditionFailed),
        **more,
    )


async def save_tab(
    sheet: Sheet,
    who: Person,
    device_id: str,
    tab: Tab,
    form: Form,
    body: type[B],
    *,
    check: Check | None = None,
    also: Writer[B] | None = None,
    read: Reader | None = None,
) -> Response:
    """Save a tab, whose sections are fields of `body`, and lead back to it, which says so."""
    try:
        wanted = read_sections(form, body)
        async with sheet.database.work_for(who.organization_id) as work:
            device = await save_sections(
                work,
                who,
                device_id,
                wanted,
                form.text("config_version"),
                sheet.settings,
                check=check,
            )
            if also is not None:
                await also(work, who, device, wanted)
    except Problem as problem:
        return await draw_tab(sheet, who, device_id, tab, read=read, typed=form, refusal=problem)
    return sheet.go(tab.address(device.unit_id), Notice.SETTINGS_SAVED)


async def save_sections(
    work: OrganizationWork,
    who: Person,
    device_id: str,
    wanted: Body,
    config_version: str,
    settings: Settings,
    *,
    check: Check | None = None,
) -> Device:
    """Write down what of the wanted sections differs from what is in force, if anything does.

    `config_version` is the one that the page showed. Raises PreconditionFailed where another is in
    force by now, Malformed where two fields contradict, NotFound.
    """
    device = await get_device(work, device_id, lock=True)
    changes = find_changes(wanted, read_config(device.config, settings))
    if check is not None:
        check(changes)
    if changes.model_fields_set:
        if_match = f'"{config_version}"'
        await change_config(work, who, device_id, changes, if_match=if_match, settings=settings)
    return device


def _in_force(device: Device, settings: Settings) -> dict[str, Any]:
    own = {"friendly_name": device.friendly_name, "location": device.location or ""}
    return {**own, **flatten(read_config(device.config, settings))}
