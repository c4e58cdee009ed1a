"""Reading replays: one with all its pictures, or pages of them with how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_

from cloud.descriptions.queries import get_description
from cloud.devices.queries import get_device
from cloud.evaluation.models import ModelCall
from cloud.evaluation.replay.models import Replay, ReplayedCapture
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import NotFound
from cloud.kit.paging import Cursor, PageRequest


class ReplayStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Progress:
    """How far a replay is."""

    replay: Replay
    total: int
    done: int
    failed: int

    @property
    def status(self) -> ReplayStatus:
        if self.done == self.total:
            return ReplayStatus.COMPLETED
        return ReplayStatus.STOPPED if self.replay.stopped_at else ReplayStatus.RUNNING


@dataclass(frozen=True)
class ReplayPage:
    replays: Sequence[Progress]
    next_cursor: str | None


async def get_replay(work: OrganizationWork, device_id: UUID, version: int, job_id: str) -> Replay:
    """One replay of a version. Raises NotFound."""
    try:
        statement = select(Replay).where(
            *_of_version(work, device_id, version), Replay.id == UUID(job_id)
        )
    except ValueError:
        raise _replay_not_found() from None
    replay: Replay | None = await work.scalar(statement)
    if replay is None:
        raise _replay_not_found()
    return replay


async def find_replay(
    work: OrganizationWork, unit_id: str, version: int, job_id: str
) -> tuple[Progress, Sequence[ReplayedCapture]]:
    """One replay by the ids of its address, and its pictures. Raises NotFound."""
    device = await get_device(work, unit_id)
    await get_description(work, device.id, version)
    replay = await get_replay(work, device.id, version, job_id)
    rows = await list_replayed(work, replay.id)
    return measure_progress(replay, rows), rows


async def newest_completed(
    work: OrganizationWork, device_id: UUID, version: int
) -> Sequence[ReplayedCapture]:
    """The pictures of the version's last replay that ran to its end; none where none did."""
    statement = (
        select(Replay)
        .where(*_of_version(work, device_id, version))
        .order_by(Replay.asked_at.desc(), Replay.id.desc())
    )
    for replay in await work.session.scalars(statement.limit(MOST_LOOKED_AT)):
        rows = await list_replayed(work, replay.id)
        if measure_progress(replay, rows).status is ReplayStatus.COMPLETED:
            return rows
    return []


MOST_LOOKED_AT = 20


async def list_replayed(work: OrganizationWork, replay_id: UUID) -> Sequence[ReplayedCapture]:
    """The pictures of a replay, the newest first."""
    statement = (
        select(ReplayedCapture)
        .where(
            ReplayedCapture.organization_id == work.organization_id,
            ReplayedCapture.replay_id == replay_id,
        )
        .order_by(ReplayedCapture.taken_at.desc(), ReplayedCapture.capture_id)
    )
    return (await work.session.scalars(statement)).all()


def measure_progress(replay: Replay, rows: Sequence[ReplayedCapture]) -> Progress:
    return Progress(
        replay,
        total=len(rows),
        done=sum(row.judged_at is not None for row in rows),
        failed=sum(row.failure_code is not None for row in rows),
    )


async def list_replays(
    work: OrganizationWork, device_id: UUID, version: int, page: PageRequest
) -> ReplayPage:
    """A page of a version's replays, newest first."""
    counts = (
        func.count(ReplayedCapture.id),
        func.count(ReplayedCapture.judged_at),
        func.count(ReplayedCapture.failure_code),
    )
    statement = (
        select(Replay, *counts)
        .join(ReplayedCapture, ReplayedCapture.replay_id == Replay.id, isouter=True)
        .where(*_of_version(work, device_id, version))
        .group_by(Replay.id)
        .order_by(Replay.asked_at.desc(), Replay.id.desc())
    )
    if page.cursor:
        behind = tuple_(page.cursor.at, page.cursor.uuid)
        statement = statement.where(tuple_(Replay.asked_at, Replay.id) < behind)
    rows = (await work.execute(statement.limit(page.limit + 1))).all()
    found = [Progress(*row) for row in rows[: page.limit]]
    if len(rows) <= page.limit:
        return ReplayPage(found, None)
    last = found[-1].replay
    return ReplayPage(found, Cursor(last.asked_at, str(last.id)).encode())


async def sum_cost(work: OrganizationWork, replay_id: UUID) -> Decimal:
    """What a replay has cost so far, by the ledger, in US dollars."""
    cost: Decimal | None = await work.scalar(
        select(func.sum(ModelCall.cost_usd)).where(
            ModelCall.organization_id == work.organization_id, ModelCall.replay_id == replay_id
        )
    )
    return cost or Decimal(0)


def _of_version(
    work: OrganizationWork, device_id: UUID, version: int
) -> tuple[ColumnElement[bool], ...]:
    return (
        Replay.organization_id == work.organization_id,
        Replay.device_id == device_id,
        Replay.version == version,
    )


def _replay_not_found() -> NotFound:
    return NotFound("replay_not_found", "There is no such replay of this version.")
