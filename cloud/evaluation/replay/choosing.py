"""Which pictures a version is run over: recent or chosen ones, and those of known truth.

Bounded: at most `MOST_CHOSEN` recent or chosen pictures, and of those that an operator has called
normal, and of those called abnormal, the newest `MOST_KNOWN` each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from cloud.alerts.history import picture_taken_at
from cloud.captures.models import SCENE_UNUSABLE, Capture, DispositionVerdict
from cloud.captures.queries import capture_not_found
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict

MOST_CHOSEN = 200
MOST_KNOWN = 100

KNOWN = (DispositionVerdict.ABNORMAL, DispositionVerdict.NORMAL)

SHOWS_SOMETHING = ~func.coalesce(Capture.reason, "").startswith(SCENE_UNUSABLE)
"""What no classifier was asked about says nothing of a wording."""


@dataclass(frozen=True)
class Wanted:
    """The newest `captures` with a verdict, or these very ones."""

    captures: int
    record_ids: Sequence[UUID] = ()


@dataclass(frozen=True)
class Chosen:
    """The pictures, each once; how many of known truth there was no room for."""

    rows: Sequence[Row[Any]]
    recent: frozenset[UUID]
    known: int
    known_left_out: int


async def choose_captures(work: OrganizationWork, device_id: UUID, wanted: Wanted) -> Chosen:
    """Choose among a device's captures whose picture is stored.

    Raises NotFound for an id that is none of them, Conflict where a picture is no longer stored or
    there is nothing to run over.
    """
    if wanted.record_ids:
        first = await _pick(work, device_id, wanted.record_ids)
    else:
        first = await _newest(work, device_id, wanted.captures)
    known = [row for said in KNOWN for row in await _known(work, device_id, said)]
    rows = {row.id: row for row in (*first, *known)}
    if not rows:
        raise Conflict("nothing_to_replay", "This camera has no judged picture to try it on yet.")
    recent = frozenset() if wanted.record_ids else frozenset(row.id for row in first)
    said = sum(row.disposition in KNOWN for row in rows.values())
    everything = await _count_known(work, device_id)
    return Chosen(list(rows.values()), recent, said, max(0, everything - said))


def _of_device(work: OrganizationWork, device_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(
        Capture.id,
        Capture.state,
        Capture.reason,
        Capture.disposition,
        Capture.image_stored,
        picture_taken_at.label("taken_at"),
    ).where(
        Capture.organization_id == work.organization_id,
        Capture.device_id == device_id,
        Capture.deleted_at.is_(None),
    )


async def _pick(
    work: OrganizationWork, device_id: UUID, record_ids: Sequence[UUID]
) -> Sequence[Row[Any]]:
    statement = _of_device(work, device_id).where(Capture.id.in_(record_ids))
    rows = (await work.execute(statement)).all()
    if len(rows) < len(set(record_ids)):
        raise capture_not_found()
    if not all(row.image_stored for row in rows):
        raise Conflict("image_missing", "The full picture of a chosen capture is not stored.")
    return rows


async def _newest(work: OrganizationWork, device_id: UUID, count: int) -> Sequence[Row[Any]]:
    statement = (
        _of_device(work, device_id)
        .where(Capture.state.is_not(None), Capture.image_stored, SHOWS_SOMETHING)
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
    )
    return (await work.execute(statement.limit(count))).all()


async def _known(
    work: OrganizationWork, device_id: UUID, said: DispositionVerdict
) -> Sequence[Row[Any]]:
    statement = (
        _of_device(work, device_id)
        .where(Capture.disposition == said, Capture.image_stored, SHOWS_SOMETHING)
        .order_by(Capture.captured_at.desc())
    )
    return (await work.execute(statement.limit(MOST_KNOWN))).all()


async def _count_known(work: OrganizationWork, device_id: UUID) -> int:
    return int(
        await work.scalar(
            select(func.count())
            .select_from(Capture)
            .where(
                Capture.organization_id == work.organization_id,
                Capture.device_id == device_id,
                Capture.disposition.in_(KNOWN),
                Capture.image_stored,
                SHOWS_SOMETHING,
                Capture.deleted_at.is_(None),
            )
        )
    )
