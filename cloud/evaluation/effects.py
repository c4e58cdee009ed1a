"""What the filters would have done to past captures, for whoever is about to set them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.captures.queries import device_of_unit
from cloud.captures.thinning import Kept, choose_surplus
from cloud.devices.config import (
    ConfigDocument,
    DedupeSection,
    SimilaritySection,
    StreakSection,
    read_config,
)
from cloud.evaluation.in_a_row import read_row
from cloud.evaluation.reuse import (
    CANDIDATES,
    JUDGED,
    Judged,
    Standard,
    choose_candidates,
    find_same,
)
from cloud.evaluation.scene.sight import Sight
from cloud.evaluation.scene.sights import KnownCapture, Sights
from cloud.kit.database import Database
from cloud.kit.processor import compute
from cloud.kit.settings import Settings
from cloud.storage.store import Store

LOOKED_AT: Final = 200
"""Of how many captures the pictures are compared, the newest: each takes some milliseconds."""

ROW: Final = 20_000


@dataclass(frozen=True)
class Past:
    """A capture that has a verdict: as a judge's, with what is seen of it."""

    judged: Judged
    state: State
    sight: Sight


@dataclass(frozen=True)
class Reusable:
    """Of so many verdicts, how many would have been used again, and how many of those wrongly."""

    compared: int
    reused: int
    not_normal: int


@dataclass(frozen=True)
class Effects:
    """What each filter would have done with `captures` captures since `since`."""

    since: datetime
    captures: int
    similarity: Reusable
    dedupe: int
    streak: int


def count_surplus(row: Sequence[Kept], limits: DedupeSection | StreakSection) -> int:
    """How many full pictures would not have been kept."""
    whole = [replace(one, image_stored=True) for one in row]
    surplus = choose_surplus(whole, threshold=limits.threshold, keep_every=limits.keep_every)
    return len(surplus)


def count_reusable(captures: Sequence[Past], limits: SimilaritySection) -> Reusable:
    """What similarity reuse would have done with these captures, in order. Processor-bound.

    Each verdict is compared with those that would have been asked for, as if they had come about
    by the same models and words as it.
    """
    known: list[Past] = []
    last, reused, wrong = None, 0, 0
    for one in captures:
        same = last is State.NORMAL and _is_known(one, known, limits)
        reused += same
        wrong += same and one.state is not State.NORMAL
        last = State.NORMAL if same else one.state
        if last is State.NORMAL and not same:
            known = [one, *known][:CANDIDATES]
    return Reusable(len(captures), reused, wrong)


async def measure_effects(
    database: Database,
    store: Store,
    settings: Settings,
    organization_id: UUID,
    device_id: str,
    since: datetime,
) -> Effects:
    """What the filters as they are set would have done since then. Raises NotFound."""
    async with database.work_for(organization_id) as work:
        device = await device_of_unit(work, device_id)
        config = read_config(device.config, settings)
        row = await read_row(work, device.id, Capture.captured_at > since, most=ROW)
        judged = await work.execute(
            select(*JUDGED, Capture.state)
            .where(
                Capture.organization_id == organization_id,
                Capture.device_id == device.id,
                Capture.deleted_at.is_(None),
                Capture.captured_at > since,
                Capture.evaluation_status == EvaluationStatus.COMPLETED,
            )
            .order_by(Capture.captured_at.desc(), Capture.id.desc())
            .limit(LOOKED_AT)
        )
        verdicts = [row._mapping for row in judged][::-1]  # noqa: SLF001  # its public name
    past = await _see(Sights(store), organization_id, verdicts)
    return await compute(_conclude, since, row, past, config)


async def _see(sights: Sights, organization_id: UUID, verdicts: Sequence[Any]) -> list[Past]:
    known = [KnownCapture(organization_id, one["id"], one["received_at"]) for one in verdicts]
    seen = await sights.see_all(known)
    return [
        Past(Judged(**{c.key: one[c.key] for c in JUDGED}), State(one["state"]), sight)
        for one, sight in zip(verdicts, seen, strict=True)
        if sight is not None
    ]


def _conclude(
    since: datetime, row: Sequence[Kept], past: Sequence[Past], config: ConfigDocument
) -> Effects:
    return Effects(
        since=since,
        captures=len(row),
        similarity=count_reusable(past, config.similarity),
        dedupe=count_surplus(row, config.dedupe),
        streak=count_surplus(row, config.streak),
    )


def _is_known(one: Past, known: Sequence[Past], limits: SimilaritySection) -> bool:
    sights = {other.judged.id: other.sight for other in known}
    standard = Standard(one.judged.description_version, one.judged.judges, 0.0)
    same = [replace(other.judged, agents=one.judged.agents) for other in known]
    chosen = choose_candidates(same, standard, limits, new=one.judged, disputed_at=None)
    pairs = [(judged, sights[judged.id]) for judged in chosen]
    return find_same(one.sight, one.judged.phash, pairs, limits.max_distance) is not None
