"""Who judges the camera's pictures, how sure a verdict must be, and which pictures are spared."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response

from cloud.accounts.sessions import Person
from cloud.devices.config import (
    ClassifierName,
    ConfigDocument,
    DedupeSection,
    EvaluationSection,
    SimilaritySection,
    StreakSection,
)
from cloud.devices.models import Device
from cloud.evaluation.effects import Effects, measure_effects
from cloud.evaluation.making import NEEDED, configured_models, list_retirements
from cloud.kit.bodies import Body
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed
from cloud.web.forms import TheForm
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.looks import CLASSIFIERS
from cloud.web.settings.page import draw_tab, save_tab
from cloud.web.settings.tabs import PATH, VERDICT

router = APIRouter(prefix=PATH)


class VerdictForm(Body):
    """The sections of the config document that are on the tab, by their names."""

    evaluation: EvaluationSection
    similarity: SimilaritySection
    dedupe: DedupeSection
    streak: StreakSection


@router.get("/verdict")
async def verdict_tab(
    who: ViewerOnPage, sheet: TheSheet, device_id: str, *, effect: bool = False
) -> Response:
    """The tab; with `effect` it says what the filters would have done in the last 24 hours."""
    effects = await _measure(sheet, who, device_id) if effect else None

    async def read(*known: Any) -> Mapping[str, Any]:
        return {**await _read(*known), "effects": effects}

    return await draw_tab(sheet, who, device_id, VERDICT, read=read)


@router.post("/verdict")
async def save_verdict(
    who: MemberOnPage, sheet: TheSheet, device_id: str, form: TheForm
) -> Response:
    """Change how pictures are judged, from the next one on."""
    ready = frozenset(sheet.request.app.state.classifiers)

    def check(changes: ConfigDocument) -> None:
        _refuse_unready(changes.evaluation, ready)

    return await save_tab(
        sheet, who, device_id, VERDICT, form, VerdictForm, check=check, read=_read
    )


def _refuse_unready(changes: EvaluationSection, ready: Collection[ClassifierName]) -> None:
    """A program may choose a classifier before it is set up; people would wonder at no verdicts."""
    chosen = changes.model_dump(include={"classifier", "secondary", "fallback"}, exclude_unset=True)
    wrong = tuple(
        FieldError(
            f"evaluation.{field}",
            f"{CLASSIFIERS[name]} is not set up here: it needs {NEEDED[name]}",
        )
        for field, name in chosen.items()
        if name is not None and name not in ready
    )
    if wrong:
        raise Malformed("classifier_not_set_up", f"{wrong[0].message}.", errors=wrong)


async def _measure(sheet: Sheet, who: Person, device_id: str) -> Effects:
    """Before the page is read: no connection is held while pictures are compared."""
    return await measure_effects(
        sheet.database,
        sheet.request.app.state.store,
        sheet.settings,
        who.organization_id,
        device_id,
        sheet.now - timedelta(days=1),
    )


async def _read(sheet: Sheet, _work: OrganizationWork, _device: Device) -> Mapping[str, Any]:
    """`ready`: the classifiers that this installation has a key for, or that need none.

    `models`: the cards of those that ask a model.
    """
    return {
        "ready": frozenset(sheet.request.app.state.classifiers),
        "models": configured_models(sheet.settings),
        "retirements": list_retirements(sheet.settings, sheet.now.date()),
        "effects": None,
    }
