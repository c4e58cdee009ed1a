"""Examples: pictures of the same camera that the operator called normal or abnormal.

A model is shown a few of them, small, before the picture that it judges. Which ones is decided from
the operator's words alone, so the same words lead to the same request; each verdict says which.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, select

from cloud.captures.models import SCENE_UNUSABLE, Capture, DispositionVerdict, State
from cloud.kit.database import OrganizationWork
from cloud.storage.keys import thumbnail_key
from cloud.storage.store import Store, StoredObjectMissing

KINDS: Final = (DispositionVerdict.ABNORMAL, DispositionVerdict.NORMAL)
CANDIDATES: Final = 100
"""How many of a camera's newest captures of each kind are chosen from."""


@dataclass(frozen=True)
class Disposed:
    """A capture that the operator has spoken on; `state` is what the verdict says."""

    id: UUID
    captured_at: datetime
    received_at: datetime
    disposition: DispositionVerdict
    state: State | None

    @property
    def is_corrected(self) -> bool:
        """Whether the verdict said something else."""
        return self.state is not None and str(self.state) != str(self.disposition)


@dataclass(frozen=True)
class Example:
    """One picture as a model is shown it: its thumbnail, and what the operator called it."""

    capture_id: UUID
    verdict: DispositionVerdict
    jpeg: bytes


def choose_examples(disposed: Iterable[Disposed], most: int) -> list[Disposed]:
    """At most so many, oldest first.

    Both kinds take turns, and where one has no more the other goes on. Of each kind those come
    first where the verdict was wrong, as they tell most, then the newest.
    """
    newest = sorted(disposed, key=lambda one: (one.captured_at, one.id), reverse=True)
    telling = sorted(newest, key=lambda one: not one.is_corrected)
    kinds = [[one for one in telling if one.disposition == kind] for kind in KINDS]
    turns = [one for one in chain.from_iterable(zip_longest(*kinds)) if one is not None]
    return sorted(turns[:most], key=lambda one: (one.captured_at, one.id))


async def list_examples(
    work: OrganizationWork, device_id: UUID, most: int, *, judged: UUID
) -> list[Disposed]:
    """The camera's examples for judging one capture, which is never an example for itself."""
    if not most:
        return []
    found = [await _list_disposed(work, device_id, kind, judged) for kind in KINDS]
    return choose_examples(chain.from_iterable(found), most)


async def read_examples(
    store: Store, organization_id: UUID, chosen: Sequence[Disposed]
) -> tuple[Example, ...]:
    """Their thumbnails; what was deleted meanwhile is left out. Raises Problem."""
    examples = []
    for one in chosen:
        try:
            jpeg = await store.get(thumbnail_key(organization_id, one.received_at, one.id))
        except StoredObjectMissing:
            continue
        examples.append(Example(one.id, one.disposition, jpeg))
    return tuple(examples)


async def _list_disposed(
    work: OrganizationWork, device_id: UUID, kind: DispositionVerdict, judged: UUID
) -> list[Disposed]:
    values = {"organization_id": work.organization_id, "device_id": device_id}
    rows = await work.execute(DISPOSED, {**values, "kind": kind, "judged": judged})
    return [
        Disposed(
            row.id,
            row.captured_at,
            row.received_at,
            DispositionVerdict(row.disposition),
            State(row.state) if row.state else None,
        )
        for row in rows
    ]


DISPOSED = (
    select(
        Capture.id,
        Capture.captured_at,
        Capture.received_at,
        Capture.disposition,
        Capture.state,
    )
    .where(
        Capture.organization_id == bindparam("organization_id"),
        Capture.device_id == bindparam("device_id"),
        Capture.disposition == bindparam("kind"),
        Capture.id != bindparam("judged"),
        ~func.coalesce(Capture.reason, "").startswith(SCENE_UNUSABLE),
        Capture.deleted_at.is_(None),
    )
    .order_by(Capture.captured_at.desc(), Capture.id.desc())
    .limit(CANDIDATES)
)
