"""The addresses of replays, and of putting a version in force past what they have found."""

from fastapi import APIRouter

from cloud.accounts.access import Member, Viewer
from cloud.descriptions.documents import coached_document
from cloud.descriptions.queries import get_description
from cloud.descriptions.routes import VersionNumber
from cloud.descriptions.schemas import ActivateVersionBody, CoachedAnswer
from cloud.devices.queries import get_device
from cloud.evaluation.replay.documents import progress_document, replay_document
from cloud.evaluation.replay.gate import activate_version, read_rule
from cloud.evaluation.replay.queries import (
    find_replay,
    list_replayed,
    list_replays,
    measure_progress,
    sum_cost,
)
from cloud.evaluation.replay.schemas import (
    EstimateAnswer,
    ProgressAnswer,
    ReplayAnswer,
    ReplayBody,
    ReplayList,
)
from cloud.evaluation.replay.starting import plan_replay, start_replay, stop_replay
from cloud.evaluation.resources import TheClassifiers
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase, TheSettings

router = APIRouter(prefix="/v1/devices/{device_id}/descriptions/{version}", tags=["Descriptions"])


@router.post("/activate", response_model=CoachedAnswer)
async def activate(
    who: Member,
    database: TheDatabase,
    device_id: str,
    version: VersionNumber,
    body: ActivateVersionBody | None = None,
) -> JsonAnswer:
    """Put a version in force: captures judged from now on are judged by it.

    409 `activation_loses_recall` with the numbers, where its last complete replay misses known
    abnormal pictures that were caught: then only with `override` and a `reason`.
    """
    body = body or ActivateVersionBody()
    async with database.work_for(who.organization_id) as work:
        description = await activate_version(
            work, who, device_id, version, override=body.override, reason=body.reason
        )
    return JsonAnswer(coached_document(description, is_active=True))


@router.post("/replay/estimate", response_model=EstimateAnswer)
async def estimate(
    who: Member,
    database: TheDatabase,
    settings: TheSettings,
    classifiers: TheClassifiers,
    device_id: str,
    version: VersionNumber,
    body: ReplayBody,
) -> JsonAnswer:
    """What a replay would be run over, and what it is likely to cost."""
    async with database.work_for(who.organization_id) as work:
        plan = await plan_replay(work, settings, classifiers, device_id, version, body.wanted())
    return JsonAnswer(
        {
            "total": len(plan.chosen.rows),
            "known": plan.chosen.known,
            "known_left_out": plan.chosen.known_left_out,
            "estimated_cost_usd": plan.estimated_cost_usd,
        }
    )


@router.post("/replay", status_code=202, response_model=ProgressAnswer)
async def start(
    who: Member,
    database: TheDatabase,
    settings: TheSettings,
    classifiers: TheClassifiers,
    device_id: str,
    version: VersionNumber,
    body: ReplayBody,
) -> JsonAnswer:
    """Judge recent or chosen pictures again, by this version, and those of known truth.

    No capture's verdict changes, no incident opens, nobody is told. 409 while the camera has
    another replay running.
    """
    async with database.work_for(who.organization_id) as work:
        plan = await plan_replay(work, settings, classifiers, device_id, version, body.wanted())
        replay = await start_replay(work, who, plan, version)
        progress = measure_progress(replay, await list_replayed(work, replay.id))
    return JsonAnswer(progress_document(progress), 202)


@router.get("/replay", response_model=ReplayList)
async def list_all(
    who: Viewer, database: TheDatabase, device_id: str, version: VersionNumber, page: Paged
) -> JsonAnswer:
    """The replays of a version, newest first."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        await get_description(work, device.id, version)
        found = await list_replays(work, device.id, version, page)
    items = [progress_document(one) for one in found.replays]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.get("/replay/{job_id}", response_model=ReplayAnswer)
async def read(
    who: Viewer, database: TheDatabase, device_id: str, version: VersionNumber, job_id: str
) -> JsonAnswer:
    """A replay, and all that it has found so far."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        progress, rows = await find_replay(work, device_id, version, job_id)
        rule = await read_rule(work, device)
        cost = await sum_cost(work, progress.replay.id)
    return JsonAnswer(replay_document(progress, rows, rule, cost))


@router.delete("/replay/{job_id}", status_code=204)
async def stop(
    who: Member, database: TheDatabase, device_id: str, version: VersionNumber, job_id: str
) -> None:
    """Judge no further picture of it. What it has found so far can still be read."""
    async with database.work_for(who.organization_id) as work:
        await stop_replay(work, who, device_id, version, job_id)
