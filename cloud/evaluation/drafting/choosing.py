"""What a draft takes: the pictures, the model that is asked, and whether it may be paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from cloud.captures.models import Capture
from cloud.captures.queries import capture_not_found
from cloud.devices.config import EvaluationSection, read_config
from cloud.devices.queries import get_device, get_organization
from cloud.evaluation.budget.ladder import Step, ease
from cloud.evaluation.budget.refusing import budget_paused
from cloud.evaluation.budget.spending import read_spending
from cloud.evaluation.calling import AskedModel
from cloud.evaluation.decision_classifier import DecisionClassifier
from cloud.evaluation.evaluate import Classifiers
from cloud.evaluation.model_classifier import ModelClassifier
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.kit.settings import Settings
from cloud.storage.keys import image_key


@dataclass(frozen=True)
class Plan:
    """Whose description is drafted, by which model, from which stored pictures, oldest first."""

    device_id: UUID
    unit_id: str
    model: AskedModel
    image_keys: tuple[str, ...]


async def plan_draft(
    work: OrganizationWork,
    settings: Settings,
    classifiers: Classifiers,
    unit_id: str,
    record_ids: Sequence[UUID],
) -> Plan:
    """Raises NotFound, and Conflict where a picture is gone, or nothing can or may be asked."""
    device = await get_device(work, unit_id)
    image_keys = await _find_pictures(work, device.id, record_ids)
    model = find_model(read_config(device.config, settings).evaluation, classifiers)
    if model is None:
        raise Conflict(
            "no_model",
            "This camera asks no model that can write. Choose one for its verdict first.",
        )
    if (await get_organization(work)).trial_ends_at < utc_now():
        raise Conflict("trial_ended", "The trial is over: no model is asked. Redeem a code first.")
    await _require_budget(work)
    return Plan(device.id, device.unit_id, model, image_keys)


def find_model(section: EvaluationSection, classifiers: Classifiers) -> AskedModel | None:
    """The first of a camera's own classifiers that answers in words; None where none does.

    Others are not asked: whoever keeps a camera's pictures from a vendor keeps them from it here.
    """
    for name in (section.classifier, section.secondary, section.fallback):
        classifier = classifiers.get(name) if name else None
        if isinstance(classifier, ModelClassifier | DecisionClassifier):
            return classifier.words
    return None


async def _find_pictures(
    work: OrganizationWork, device_id: UUID, record_ids: Sequence[UUID]
) -> tuple[str, ...]:
    statement = (
        select(Capture.id, Capture.received_at, Capture.image_stored)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.id.in_(record_ids),
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at, Capture.id)
    )
    rows = (await work.execute(statement)).all()
    if len(rows) < len(set(record_ids)):
        raise capture_not_found()
    if not all(row.image_stored for row in rows):
        raise image_missing()
    return tuple(image_key(work.organization_id, row.received_at, row.id) for row in rows)


async def _require_budget(work: OrganizationWork) -> None:
    """A draft is asked for by hand, so it is made at every step of the ladder but the last."""
    spending = await read_spending(work, utc_now())
    if ease(spending.step, in_incident=False, by_hand=True) is Step.PAUSED:
        refusal = budget_paused(spending.month)
        raise Conflict(refusal.code, "This month's budget is used up: no model is asked now.")


def image_missing() -> Conflict:
    return Conflict("image_missing", "The full picture of a chosen capture is not stored.")
