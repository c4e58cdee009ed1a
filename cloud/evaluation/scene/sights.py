"""Sights of captures, kept at hand by each process: seeing again costs only time."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cloud.evaluation.scene.sight import Sight, see
from cloud.kit.errors import Problem
from cloud.kit.processor import compute
from cloud.storage.keys import thumbnail_key
from cloud.storage.store import Store

AT_HAND: Final = 512
"""About 80 KB each."""


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
        self._at_hand: OrderedDict[UUID, Sight] = OrderedDict()

    async def see_all(self, captures: Sequence[KnownCapture]) -> list[Sight | None]:
        """Look at several; None for each whose thumbnail cannot be read."""
        return list(await asyncio.gather(*(self.see(one) for one in captures)))

    async def see(self, capture: KnownCapture) -> Sight | None:
        """Look at one; None if its thumbnail cannot be read."""
        sight = self._at_hand.get(capture.id)
        if sight is None:
            key = thumbnail_key(capture.organization_id, capture.received_at, capture.id)
            try:
                sight = await compute(see, await self._store.get(key))
            except Problem:
                return None
            self._at_hand[capture.id] = sight
        self._at_hand.move_to_end(capture.id)
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
        return sight
