"""Sights of captures, kept at hand by each process: seeing again costs only time."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from cloud.evaluation.scene.sight import Glance, Sight, see
from cloud.kit.errors import Problem
from cloud.kit.processor import compute
from cloud.storage.keys import thumbnail_key
from cloud.storage.store import Store

SIGHTS_AT_HAND: Final = 256
"""About 80 KB each."""

GLANCES_AT_HAND: Final = 16_384
"""About 5 KB each: a thousand cameras have nine to compare a picture with, and more."""

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class KnownCapture:
    """Where to find the thumbnail of a capture."""

    organization_id: UUID
    id: UUID
    received_at: datetime


class Sights:
    """Looks at captures by their thumbnails."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sights: OrderedDict[UUID, Sight] = OrderedDict()
        self._glances: OrderedDict[UUID, Glance] = OrderedDict()

    async def see_all(self, captures: Sequence[KnownCapture]) -> list[Sight | None]:
        """Look at several; None for each whose thumbnail cannot be read."""
        return list(await asyncio.gather(*(self.see(one) for one in captures)))

    async def glance_all(self, captures: Sequence[KnownCapture]) -> list[Glance | None]:
        """The same where a glance is enough, of which many more are at hand."""
        return list(await asyncio.gather(*(self.glance(one) for one in captures)))

    async def see(self, capture: KnownCapture) -> Sight | None:
        """Look at one; None if its thumbnail cannot be read."""
        sight = self._sights.get(capture.id)
        if sight is None:
            key = thumbnail_key(capture.organization_id, capture.received_at, capture.id)
            try:
                sight = await compute(see, await self._store.get(key))
            except Problem:
                return None
        _keep(self._sights, capture.id, sight, most=SIGHTS_AT_HAND)
        return sight

    async def glance(self, capture: KnownCapture) -> Glance | None:
        """Glance at one; None if its thumbnail cannot be read."""
        glance = self._glances.get(capture.id)
        if glance is None:
            sight = await self.see(capture)
            if sight is None:
                return None
            glance = sight.glance
        _keep(self._glances, capture.id, glance, most=GLANCES_AT_HAND)
        return glance


def _keep(at_hand: OrderedDict[UUID, Seen], capture_id: UUID, seen: Seen, *, most: int) -> None:
    """The newest used last; what was not used for longest goes."""
    at_hand[capture_id] = seen
    at_hand.move_to_end(capture_id)
    while len(at_hand) > most:
        at_hand.popitem(last=False)
