"""Starting and stopping a replay. It is bounded, one at a time for a camera, and priced before."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.descriptions.queries import description_in_force, get_description
from cloud.devices.config import EvaluationSection, read_config
from cloud.devices.models import Device
from cloud.devices.queries import get_device, get_organization
from cloud.evaluation.evaluate import Classifiers, choose_classifiers
from cloud.evaluation.replay.choosing import Chosen, Wanted, choose_captures
from cloud.evaluation.replay.estimating import estimate_cost
from cloud.evaluation.replay.models import Replay, ReplayedCapture
from cloud.evaluation.replay.queries import (
    ReplayStatus,
    get_replay,
    list_replayed,
    measure_progress,
)
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict
from cloud.kit.ids import new_id
from cloud.kit.queue import Queue
from cloud.kit.settings import Settings

REPLAYS = Queue("replays")
"""Its subjects are the pictures of replays."""


@dataclass(frozen=True)
class Plan:
    """What a replay would be run over, and what it is likely to cost."""

    device: Device
    chosen: Chosen
    estimated_cost_usd: Decimal | None


async def plan_replay(
    work: OrganizationWork,
    settings: Settings,
    classifiers: Classifiers,
    unit_id: str,
    version: int,
    wanted: Wanted,
) -> Plan:
    """What it would take. Raises NotFound, and Conflict where it cannot be run."""
    device = await get_device(work, unit_id)
    await get_description(work, device.id, version)
    section = read_config(device.config, settings).evaluation
    _require_classifiers(section, classifiers)
    if (await get_organization(work)).trial_ends_at < utc_now():
        raise Conflict("trial_ended", "The trial is over: nothing is judged. Redeem a code first.")
    chosen = await choose_captures(work, device.id, wanted)
    return Plan(device, chosen, await estimate_cost(work, section, len(chosen.rows)))


async def start_replay(work: OrganizationWork, who: Person, plan: Plan, version: int) -> Replay:
    """Queue every picture of the plan. Raises Conflict while the camera has another replay."""
    device = await get_device(work, plan.device.unit_id, lock=True)
    if await _is_running(work, device.id):
        raise Conflict("replay_running", "Another replay of this camera is running. Stop it first.")
    current = await description_in_force(work, device.id)
    replay = Replay(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        version=version,
        against=current.version if current else None,
        asked_by=who.email,
        asked_at=utc_now(),
        estimated_cost_usd=plan.estimated_cost_usd,
        known_left_out=plan.chosen.known_left_out,
    )
    work.add(replay)
    await work.flush()
    await _queue(work, replay, plan.chosen)
    note(work, who, "replay.started", device.unit_id, version=version, replay=str(replay.id))
    return replay


async def stop_replay(
    work: OrganizationWork, who: Person, unit_id: str, version: int, job_id: str
) -> None:
    """Judge no further picture. One that is over stays as it is. Raises NotFound."""
    device = await get_device(work, unit_id, lock=True)
    replay = await get_replay(work, device.id, version, job_id)
    progress = measure_progress(replay, await list_replayed(work, replay.id))
    if progress.status is ReplayStatus.RUNNING:
        replay.stopped_at = utc_now()
        note(work, who, "replay.stopped", device.unit_id, version=version, replay=job_id)


def _require_classifiers(section: EvaluationSection, classifiers: Classifiers) -> None:
    for name in choose_classifiers(section):
        if name not in classifiers:
            raise Conflict("classifier_unavailable", f"The classifier {name} is not set up here.")


async def _is_running(work: OrganizationWork, device_id: UUID) -> bool:
    waiting = (
        select(ReplayedCapture.id)
        .join(Replay, Replay.id == ReplayedCapture.replay_id)
        .where(
            Replay.organization_id == work.organization_id,
            Replay.device_id == device_id,
            Replay.stopped_at.is_(None),
            ReplayedCapture.judged_at.is_(None),
        )
    )
    return await work.scalar(waiting.limit(1)) is not None


async def _queue(work: OrganizationWork, replay: Replay, chosen: Chosen) -> None:
    rows = [
        ReplayedCapture(
            id=new_id(),
            organization_id=work.organization_id,
            replay_id=replay.id,
            capture_id=row.id,
            taken_at=row.taken_at,
            is_recent=row.id in chosen.recent,
            known=row.disposition,
            state_before=row.state,
            reason_before=row.reason,
        )
        for row in chosen.rows
    ]
    work.session.add_all(rows)
    await work.flush()
    for row in rows:
        await REPLAYS.put(work, row.id, work.organization_id)
