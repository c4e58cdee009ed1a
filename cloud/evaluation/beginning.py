"""How judging a capture begins: it is marked as being judged, and what its verdict needs is read.

All of it is read in one unit of work, so that no connection is held while anybody thinks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, true, update

from cloud.accounts.models import Organization
from cloud.captures.ingest import CAPTURES, EVALUATIONS
from cloud.captures.models import EvaluationStatus
from cloud.captures.queries import capture_not_found
from cloud.descriptions.models import NormalDescription
from cloud.devices.config import SimilaritySection, read_config, read_masks
from cloud.devices.models import Device, DeviceStatus
from cloud.evaluation.budget.ladder import Step
from cloud.evaluation.budget.models import Budget
from cloud.evaluation.budget.reserving import Allowance, allow
from cloud.evaluation.classifier import ClassifierFailed
from cloud.evaluation.evaluate import Classifiers
from cloud.evaluation.examples import Disposed, list_examples
from cloud.evaluation.reuse import Standard
from cloud.evaluation.scene.check import Scene, Surroundings, read_surroundings
from cloud.evaluation.screening import Reusing
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.queue import Claim, LeaseLost
from cloud.kit.settings import Settings
from cloud.storage.keys import image_key


@dataclass(frozen=True)
class Job:
    """What a verdict needs to know, read at the claim; it travels with the job."""

    question_of: dict[str, Any]
    scene: Scene
    around: Surroundings
    reusing: Reusing | None
    examples: list[Disposed]
    image_key: str
    allowance: Allowance
    max_distance: int
    unjudged: ClassifierFailed | None

    @property
    def description_version(self) -> int | None:
        version: int | None = self.question_of["description_version"]
        return version


async def begin(
    work: OrganizationWork, claim: Claim, settings: Settings, classifiers: Classifiers
) -> Job:
    """Mark a claimed capture as being judged, and read what its verdict needs.

    Raises LeaseLost, and NotFound for a capture deleted meanwhile.
    """
    found = await _mark(work, claim)
    scene = Scene.of(work.organization_id, found)
    config = read_config(found.config, settings)
    unjudged = why_unjudged(found.status, found.trial_ends_at)
    allowance = Allowance(Step.FULL, config.evaluation)
    if unjudged is None and found.has_budget:
        by_hand = found.evaluated_at is not None
        allowance = await allow(work, scene, config.evaluation, classifiers, by_hand=by_hand)
    most = allowance.section.examples
    examples = await list_examples(work, scene.device_id, most, judged=scene.capture_id)
    standard = Standard.of(allowance.section, found.version, classifiers, examples)
    return Job(
        question_of={
            "organization_id": work.organization_id,
            "device_id": scene.device_id,
            "capture_id": scene.capture_id,
            "description": found.text,
            "description_version": found.version,
            "masks": read_masks(found.config),
        },
        scene=scene,
        around=await read_surroundings(work, scene),
        reusing=_reusing(found, config.similarity, standard),
        examples=examples,
        image_key=image_key(work.organization_id, scene.received_at, scene.capture_id),
        allowance=allowance,
        max_distance=config.similarity.max_distance,
        unjudged=unjudged or allowance.refusal,
    )


async def _mark(work: OrganizationWork, claim: Claim) -> Any:
    """What `MARK` finds, while the claim cannot be lost."""
    values = {"of_organization": work.organization_id, "record_id": claim.id}
    held, found = await work.together(EVALUATIONS.holding(claim), (MARK, values))
    if not held:
        raise LeaseLost
    if not found:
        raise capture_not_found()
    return found[0]


def _reusing(found: Any, limits: SimilaritySection, standard: Standard | None) -> Reusing | None:
    """None where it is switched off, and where somebody wants the capture judged once more."""
    if standard is None or not limits.enabled or found.evaluated_at is not None:
        return None
    return Reusing(limits, standard)


def why_unjudged(status: DeviceStatus, trial_ends_at: datetime) -> ClassifierFailed | None:
    """Why a capture is deliberately not judged; None where it is."""
    if trial_ends_at < utc_now():
        return ClassifierFailed(
            "trial_ended",
            "The trial is over: pictures are kept, but not judged. Redeem a code to go on.",
            retryable=False,
        )
    if status == DeviceStatus.PAUSED:
        return ClassifierFailed(
            "camera_paused", "This camera is paused: its pictures are not judged.", retryable=False
        )
    return None


MARKED = (
    update(CAPTURES)
    .where(
        CAPTURES.c.organization_id == bindparam("of_organization"),
        CAPTURES.c.id == bindparam("record_id"),
        CAPTURES.c.deleted_at.is_(None),
    )
    .values(evaluation_status=EvaluationStatus.PROCESSING)
    .returning(
        CAPTURES.c.id,
        CAPTURES.c.device_id,
        CAPTURES.c.captured_at,
        CAPTURES.c.received_at,
        CAPTURES.c.clock_suspect,
        CAPTURES.c.evaluated_at,
        CAPTURES.c.etag,
        CAPTURES.c.phash,
        CAPTURES.c.metadata,
    )
    .cte("marked")
)

IN_FORCE = (
    select(NormalDescription.version, NormalDescription.text)
    .where(
        NormalDescription.organization_id == bindparam("of_organization"),
        NormalDescription.device_id == MARKED.c.device_id,
        NormalDescription.activated_at.is_not(None),
    )
    .order_by(NormalDescription.activated_at.desc(), NormalDescription.version.desc())
    .limit(1)
    .lateral("in_force")
)

MARK = (
    select(
        MARKED,
        Device.config,
        Device.status,
        Organization.trial_ends_at,
        IN_FORCE,
        select(Budget.organization_id)
        .where(Budget.organization_id == bindparam("of_organization"))
        .exists()
        .label("has_budget"),
    )
    .join(Device, Device.id == MARKED.c.device_id)
    .join(Organization, Organization.id == Device.organization_id)
    .join(IN_FORCE, true(), isouter=True)
    .where(Device.organization_id == bindparam("of_organization"))
)
"""Marks the capture as being judged; the capture, its camera's configuration, the description."""
