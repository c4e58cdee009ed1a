"""One version of a description: what it changes, what the past says of it, putting it in force."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from cloud.accounts.sessions import Person
from cloud.descriptions.coaching import find_hints
from cloud.descriptions.comparing import compare
from cloud.descriptions.queries import description_in_force, get_compared, get_description
from cloud.descriptions.schemas import ActivateVersionBody
from cloud.descriptions.templates import write_template
from cloud.devices.config import ClassifierName, read_config
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.evaluation.evaluate import choose_classifiers
from cloud.evaluation.replay.choosing import MOST_CHOSEN, Wanted
from cloud.evaluation.replay.documents import replay_document
from cloud.evaluation.replay.gate import activate_version, read_rule
from cloud.evaluation.replay.queries import find_replay, list_replays, sum_cost
from cloud.evaluation.replay.schemas import USUAL, ReplayBody
from cloud.evaluation.replay.starting import plan_replay, start_replay, stop_replay
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, Problem
from cloud.kit.paging import PageRequest
from cloud.kit.processor import compute
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import DESCRIPTION, PATH

router = APIRouter(prefix=f"{PATH}/description/{{version}}")

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
TEMPLATE = "settings/version.html"


@router.get("")
async def version_page(
    who: ViewerOnPage,
    sheet: TheSheet,
    device_id: str,
    version: VersionNumber,
    captures: Annotated[int, Query(ge=1, le=MOST_CHOSEN)] = USUAL,
) -> Response:
    """One version, its newest replay, and what another over so many pictures would cost."""
    return await _draw(sheet, who, device_id, version, captures=captures)


@router.post("/replay")
async def try_it(
    who: MemberOnPage, sheet: TheSheet, device_id: str, version: VersionNumber, form: TheForm
) -> Response:
    """Run the version over the past."""
    classifiers = sheet.request.app.state.classifiers
    try:
        wanted = _read_wanted(form)
        async with sheet.database.work_for(who.organization_id) as work:
            plan = await plan_replay(work, sheet.settings, classifiers, device_id, version, wanted)
            await start_replay(work, who, plan, version)
    except Problem as problem:
        return await _draw(sheet, who, device_id, version, refusal=problem)
    return sheet.go(f"{_address(device_id, version)}#replay")


@router.post("/stop")
async def stop(
    who: MemberOnPage, sheet: TheSheet, device_id: str, version: VersionNumber, form: TheForm
) -> Response:
    """Judge no further picture."""
    async with sheet.database.work_for(who.organization_id) as work:
        await stop_replay(work, who, device_id, version, form.text("job_id"))
    return sheet.go(_address(device_id, version), Notice.REPLAY_STOPPED)


@router.post("/activate")
async def activate(
    who: MemberOnPage, sheet: TheSheet, device_id: str, version: VersionNumber, form: TheForm
) -> Response:
    """Put the version in force; where it loses recall, only with an override and a reason."""
    try:
        body = form.read(ActivateVersionBody)
        async with sheet.database.work_for(who.organization_id) as work:
            await activate_version(
                work, who, device_id, version, override=body.override, reason=body.reason
            )
    except Problem as problem:
        return await _draw(sheet, who, device_id, version, refusal=problem)
    return sheet.go(_address(device_id, version), Notice.DESCRIBED)


@router.post("/template")
async def keep_as_template(
    who: MemberOnPage, sheet: TheSheet, device_id: str, version: VersionNumber
) -> Response:
    """Keep the text for the descriptions of other cameras to start from."""
    async with sheet.database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        description = await get_description(work, device.id, version)
        name = f"{device.friendly_name}: {description.name}"[:100]
        await write_template(work, who, name=name, text=description.text, remark=None)
    return sheet.go(_address(device_id, version), Notice.TEMPLATE_KEPT)


async def _draw(
    sheet: Sheet,
    who: Person,
    device_id: str,
    version: int,
    *,
    captures: int = USUAL,
    refusal: Problem | None = None,
) -> Response:
    async def read(_sheet: Sheet, work: OrganizationWork, device: Device) -> Mapping[str, Any]:
        description = await get_description(work, device.id, version)
        other = await get_compared(work, device.id, description, None)
        section = read_config(device.config, sheet.settings).evaluation
        return {
            "description": description,
            "active": await description_in_force(work, device.id),
            "against": other,
            "pieces": await compute(compare, other.text, description.text),
            "hints": await compute(find_hints, description.text),
            "reads_words": choose_classifiers(section) != [ClassifierName.BASELINE],
            "replay": await _read_replay(work, device, version),
            "captures": captures,
            **await _read_plan(sheet, work, device, version, captures),
        }

    return await draw_tab(
        sheet, who, device_id, DESCRIPTION, read=read, refusal=refusal, template=TEMPLATE
    )


async def _read_replay(
    work: OrganizationWork, device: Device, version: int
) -> Mapping[str, Any] | None:
    """The version's newest replay, as the API answers it; None where it was never run."""
    newest = (await list_replays(work, device.id, version, PageRequest(1))).replays
    if not newest:
        return None
    job_id = str(newest[0].replay.id)
    progress, rows = await find_replay(work, device.unit_id, version, job_id)
    rule = await read_rule(work, device)
    return replay_document(progress, rows, rule, await sum_cost(work, progress.replay.id))


async def _read_plan(
    sheet: Sheet, work: OrganizationWork, device: Device, version: int, captures: int
) -> Mapping[str, Any]:
    """What a replay would take, or why there can be none."""
    classifiers = sheet.request.app.state.classifiers
    wanted = Wanted(captures)
    try:
        plan = await plan_replay(work, sheet.settings, classifiers, device.unit_id, version, wanted)
    except Conflict as conflict:
        return {"plan": None, "obstacle": conflict.detail}
    return {"plan": plan, "obstacle": None}


def _read_wanted(form: Form) -> Wanted:
    """Raises Malformed."""
    typed = form.text("captures")
    given: dict[str, object] = {"captures": int(typed[:9]) if typed.isdecimal() else typed}
    return validate(ReplayBody, given).wanted()


def _address(device_id: str, version: int) -> str:
    return f"{DESCRIPTION.address(device_id)}/{version}"
