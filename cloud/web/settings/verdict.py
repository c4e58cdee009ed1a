"""Who judges the camera's pictures, and how sure a verdict must be."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from cloud.devices.config import EvaluationSection
from cloud.devices.models import Device
from cloud.evaluation.making import list_retirements
from cloud.kit.bodies import Body
from cloud.kit.database import OrganizationWork
from cloud.web.forms import TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.settings.page import draw_tab, save_tab
from cloud.web.settings.tabs import PATH, VERDICT

router = APIRouter(prefix=PATH)


class VerdictForm(Body):
    """The sections of the config document that are on the tab, by their names."""

    evaluation: EvaluationSection


@router.get("/verdict")
async def verdict_tab(who: ViewerOnPage, sheet: TheSheet, device_id: str) -> Response:
    return await draw_tab(sheet, who, device_id, VERDICT, read=_read)


@router.post("/verdict")
async def save_verdict(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Change how pictures are judged, from the next one on."""
    return await save_tab(sheet, who, device_id, VERDICT, form, VerdictForm, read=_read)


async def _read(sheet: Sheet, _work: OrganizationWork, _device: Device) -> Mapping[str, Any]:
    """`ready`: the classifiers that this installation has a key for, or that need none."""
    return {
        "ready": frozenset(sheet.request.app.state.classifiers),
        "retirements": list_retirements(sheet.settings, sheet.now.date()),
    }
