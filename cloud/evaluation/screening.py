"""The free tests before anybody is paid: a picture that shows nothing, or nothing new.

Each ends in a verdict without a call, or in none: then the classifiers are asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from cloud.alerts.models import IncidentKind
from cloud.alerts.standing import find_unresolved
from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus, State
from cloud.devices.config import SimilaritySection
from cloud.evaluation.consensus import Verdict
from cloud.evaluation.reuse import (
    CANDIDATES,
    JUDGED,
    Judged,
    Standard,
    choose_candidates,
    find_same,
)
from cloud.evaluation.scene.check import Scene, SceneCheck, Surroundings
from cloud.evaluation.scene.faults import say_fault
from cloud.evaluation.scene.sights import KnownCapture, Sights
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.processor import compute
from cloud.storage.store import Store


@dataclass(frozen=True)
class Reusing:
    """Under which limits a verdict may be used again, and by what it must have come about."""

    limits: SimilaritySection
    standard: Standard


class Screening:
    """Holds no connection while it looks."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._sights = Sights(store)
        self._scene_check = SceneCheck(self._sights)

    async def screen(
        self, scene: Scene, around: Surroundings, reusing: Reusing | None
    ) -> Verdict | None:
        """A verdict that costs nothing; None where the classifiers are to be asked.

        Without `reusing` no verdict is used again.
        """
        fault = await self._scene_check.check(scene, around)
        if fault is not None:
            return Verdict(State.UNCERTAIN, 0.0, say_fault(fault), ())
        same = await self._find_same(scene, reusing) if reusing is not None else None
        if same is None:
            return None
        return Verdict(State.NORMAL, same.score, same.reason, (), reused_from=same.id)

    async def _find_same(self, scene: Scene, reusing: Reusing) -> Judged | None:
        async with self._database.work_for(scene.organization_id) as work:
            candidates = await _list_candidates(work, scene, reusing)
        return await self._compare(scene, candidates, reusing.limits.max_distance)

    async def is_unchanged(self, scene: Scene, version: int | None, max_distance: int) -> bool:
        """Whether it shows what one of the newest normal pictures did, however old that is.

        Those are judged by this version of the description.
        """
        async with self._database.work_for(scene.organization_id) as work:
            known = await _list_known(work, scene)
            disputed_at = await _last_dispute(work, scene.device_id)
        those = [one for one in known if one.stands(version, disputed_at)]
        return await self._compare(scene, those, max_distance) is not None

    async def _compare(
        self, scene: Scene, candidates: Sequence[Judged], max_distance: int
    ) -> Judged | None:
        if not candidates:
            return None
        own, *seen = await self._sights.see_all(
            [
                scene.known,
                *(
                    KnownCapture(scene.organization_id, one.id, one.received_at)
                    for one in candidates
                ),
            ]
        )
        known = [
            (one, sight) for one, sight in zip(candidates, seen, strict=True) if sight is not None
        ]
        if own is None:
            return None
        return await compute(find_same, own, scene.phash, known, max_distance)


async def _list_candidates(work: OrganizationWork, scene: Scene, reusing: Reusing) -> list[Judged]:
    return choose_candidates(
        await _list_known(work, scene),
        reusing.standard,
        reusing.limits,
        new=scene,
        disputed_at=await _last_dispute(work, scene.device_id),
    )


async def _list_known(work: OrganizationWork, scene: Scene) -> Sequence[Judged]:
    """None while an incident is open or the verdict before was not normal: then all is judged."""
    if await find_unresolved(work, [scene.device_id], [IncidentKind.ABNORMAL]):
        return []
    if await _last_state(work, scene.device_id, scene.captured_at) is not State.NORMAL:
        return []
    return await _list_judged(work, scene.device_id, scene.captured_at)


async def _last_state(work: OrganizationWork, device_id: UUID, before: datetime) -> State | None:
    state = await work.scalar(
        select(Capture.state)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.captured_at <= before,
            Capture.evaluation_status == EvaluationStatus.COMPLETED,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(1)
    )
    return State(state) if state else None


async def _list_judged(
    work: OrganizationWork, device_id: UUID, before: datetime
) -> Sequence[Judged]:
    """The newest normal verdicts that classifiers gave, but for those the operator disputes."""
    rows = await work.execute(
        select(*JUDGED)
        .where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.captured_at <= before,
            Capture.state == State.NORMAL,
            Capture.evaluation_status == EvaluationStatus.COMPLETED,
            Capture.reused_from.is_(None),
            func.coalesce(Capture.disposition, DispositionVerdict.NORMAL)
            == DispositionVerdict.NORMAL,
            Capture.deleted_at.is_(None),
        )
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
        .limit(CANDIDATES)
    )
    return [Judged(**row._mapping) for row in rows]  # noqa: SLF001  # its public name


async def _last_dispute(work: OrganizationWork, device_id: UUID) -> datetime | None:
    disputed_at: datetime | None = await work.scalar(
        select(func.max(Capture.disposition_at)).where(
            Capture.organization_id == work.organization_id,
            Capture.device_id == device_id,
            Capture.disposition.in_([DispositionVerdict.ABNORMAL, DispositionVerdict.UNCLEAR]),
        )
    )
    return disputed_at
