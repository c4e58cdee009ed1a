"""What an operator should look at next, and why: where a word of theirs tells the most.

Disagreeing classifiers, the random sample of normal verdicts, verdicts that were hardly sure
enough, and uncertain ones take turns, the newest of each first: a flood of one hides no other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from cloud.captures.documents import CAPTURE_COLUMNS
from cloud.captures.models import SCENE_UNUSABLE, Capture, State
from cloud.devices.config import read_config
from cloud.devices.models import Device
from cloud.evaluation.models import SampledVerdict
from cloud.kit.database import OrganizationWork
from cloud.kit.settings import Settings

NEAR = 0.1
"""A verdict is near the threshold while its score is over it by no more than this."""

LOOKED_THROUGH = 500
"""So many of the newest captures of a kind are looked through."""


class Why(StrEnum):
    DISAGREE = "classifiers_disagree"
    SAMPLED = "sampled_normal"
    NEAR_THRESHOLD = "near_threshold"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class ToReview:
    """A capture, and the reasons to look at it."""

    row: Row[Any]
    why: tuple[Why, ...]


async def find_reviews(
    work: OrganizationWork, settings: Settings, *, limit: int, device_id: UUID | None = None
) -> list[ToReview]:
    """What to look at next. `device_id` is the id of a device's row."""
    thresholds = await _read_thresholds(work, settings)
    sampled = await _read(work, _sampled(work, device_id))
    found = {row.id: row for row in sampled}
    for state in State:
        for row in await _read(work, _newest(work, state, device_id)):
            found.setdefault(row.id, row)
    ids = frozenset(row.id for row in sampled)
    reasons = (
        ToReview(
            row,
            give_reasons(row, is_sampled=row.id in ids, threshold=thresholds.get(row.device_id, 0)),
        )
        for row in found.values()
    )
    return take_turns([one for one in reasons if one.why], limit)


def give_reasons(row: Any, *, is_sampled: bool, threshold: float) -> tuple[Why, ...]:
    """Why a capture that was judged should be looked at; nothing where it need not be.

    `threshold` is how sure a verdict must be on its camera, 0..1.
    """
    return tuple(_reasons(row, is_sampled=is_sampled, threshold=threshold))


def take_turns(reviews: Iterable[ToReview], limit: int) -> list[ToReview]:
    """One of each reason in turn, by each one's first reason, the newest first."""
    newest = sorted(reviews, key=lambda one: (one.row.captured_at, one.row.id), reverse=True)
    kinds = [[one for one in newest if one.why[0] is why] for why in Why]
    turns = (one for turn in zip_longest(*kinds) for one in turn if one is not None)
    return [one for one, _ in zip(turns, range(limit), strict=False)]


def _reasons(row: Any, *, is_sampled: bool, threshold: float) -> Iterator[Why]:
    if len({agent["state"] for agent in row.agents}) > 1:
        yield Why.DISAGREE
    if is_sampled:
        yield Why.SAMPLED
    if row.state != State.UNCERTAIN and row.score is not None and row.score < threshold + NEAR:
        yield Why.NEAR_THRESHOLD
    if row.state == State.UNCERTAIN and not (row.reason or "").startswith(SCENE_UNUSABLE):
        yield Why.UNCERTAIN


def _unsaid(work: OrganizationWork, device_id: UUID | None) -> Select[*tuple[Any, ...]]:
    statement = select(Capture.device_id, *CAPTURE_COLUMNS).where(
        Capture.organization_id == work.organization_id,
        Capture.deleted_at.is_(None),
        Capture.disposition.is_(None),
        Capture.image_stored,
    )
    return statement if device_id is None else statement.where(Capture.device_id == device_id)


def _sampled(work: OrganizationWork, device_id: UUID | None) -> Select[*tuple[Any, ...]]:
    return (
        _unsaid(work, device_id)
        .join(SampledVerdict, SampledVerdict.capture_id == Capture.id)
        .where(SampledVerdict.organization_id == work.organization_id)
        .order_by(SampledVerdict.sampled_at.desc())
    )


def _newest(
    work: OrganizationWork, state: State, device_id: UUID | None
) -> Select[*tuple[Any, ...]]:
    return (
        _unsaid(work, device_id)
        .where(Capture.state == state)
        .order_by(Capture.captured_at.desc(), Capture.id.desc())
    )


async def _read(work: OrganizationWork, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[Any]]:
    return (await work.execute(statement.limit(LOOKED_THROUGH))).all()


async def _read_thresholds(work: OrganizationWork, settings: Settings) -> dict[UUID, float]:
    rows = await work.execute(
        select(Device.id, Device.config).where(Device.organization_id == work.organization_id)
    )
    return {row.id: read_config(row.config, settings).evaluation.min_confidence for row in rows}
