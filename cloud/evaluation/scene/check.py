"""The scene check of one capture: reads what is known of its camera, and looks for a fault."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cloud.captures.models import Capture
from cloud.evaluation.scene.faults import SceneFault, Shot, find_fault, is_frozen
from cloud.evaluation.scene.known import KnownCapture, list_normal, list_shots_before
from cloud.evaluation.scene.sight import Sight, see
from cloud.evaluation.scene.usual import UsualView
from cloud.kit.database import Database
from cloud.kit.errors import Problem
from cloud.kit.processor import compute
from cloud.storage.keys import thumbnail_key
from cloud.storage.store import Store
from device.wire import CAMERA_METADATA, CameraState

SIGHTS_AT_HAND: Final = 512
"""About 80 KB each; seeing again costs a read of the store and a millisecond."""

SAID_BY_CAMERA: Final = {
    CameraState.BLACK: SceneFault.TOO_DARK,
    CameraState.FROZEN: SceneFault.FROZEN,
}


@dataclass(frozen=True)
class Scene:
    """What of a capture the free tests look at."""

    organization_id: UUID
    device_id: UUID
    capture_id: UUID
    captured_at: datetime
    received_at: datetime
    etag: str
    metadata: dict[str, Any]

    @staticmethod
    def of(capture: Capture) -> "Scene":
        return Scene(
            capture.organization_id,
            capture.device_id,
            capture.id,
            capture.captured_at,
            capture.received_at,
            capture.etag,
            capture.capture_metadata,
        )


class SceneCheck:
    """Keeps the sights of captures at hand; holds no connection while it looks."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store
        self._sights: OrderedDict[UUID, Sight] = OrderedDict()

    async def check(self, scene: Scene) -> SceneFault | None:
        """What is wrong with the picture. One that cannot be looked at is left to the judges."""
        said = find_said_fault(scene.metadata)
        if said is not None:
            return said
        async with self._database.work_for(scene.organization_id) as work:
            before = await list_shots_before(work, scene.device_id, scene.captured_at)
            known = await list_normal(work, scene.device_id, scene.captured_at)
        if is_frozen(Shot(scene.etag, scene.captured_at), before):
            return SceneFault.FROZEN
        own = KnownCapture(scene.capture_id, scene.received_at)
        sight, *others = await self.see_all(scene.organization_id, [own, *known])
        if sight is None:
            return None
        return await compute(_check, sight, [other for other in others if other is not None])

    async def see_all(
        self, organization_id: UUID, captures: Sequence[KnownCapture]
    ) -> list[Sight | None]:
        """Look at several captures; None for each whose thumbnail cannot be read."""
        return list(await asyncio.gather(*(self._see(organization_id, one) for one in captures)))

    async def _see(self, organization_id: UUID, capture: KnownCapture) -> Sight | None:
        sight = self._sights.get(capture.id)
        if sight is None:
            key = thumbnail_key(organization_id, capture.received_at, capture.id)
            try:
                sight = await compute(see, await self._store.get(key))
            except Problem:
                return None
            self._sights[capture.id] = sight
        self._sights.move_to_end(capture.id)
        while len(self._sights) > SIGHTS_AT_HAND:
            self._sights.popitem(last=False)
        return sight


def find_said_fault(metadata: dict[str, Any]) -> SceneFault | None:
    """What the camera says of its own picture: it saw more of it than was sent."""
    said = metadata.get(CAMERA_METADATA)
    if not isinstance(said, str) or said not in set(CameraState):
        return None
    return SAID_BY_CAMERA.get(CameraState(said))


def _check(sight: Sight, normal: Sequence[Sight]) -> SceneFault | None:
    return find_fault(sight, UsualView.learn(normal))
