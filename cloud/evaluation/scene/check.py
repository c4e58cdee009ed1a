"""The scene check of one capture: what is known of its camera, and whether there is a fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cloud.evaluation.scene.faults import SceneFault, Shot, find_fault, is_frozen
from cloud.evaluation.scene.known import list_known
from cloud.evaluation.scene.sight import Glance
from cloud.evaluation.scene.sights import KnownCapture, Sights
from cloud.evaluation.scene.usual import UsualView
from cloud.kit.database import OrganizationWork
from cloud.kit.processor import compute
from device.wire import CAMERA_METADATA, CameraState

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
    clock_suspect: bool
    etag: str
    phash: int
    metadata: dict[str, Any]

    @staticmethod
    def of(organization_id: UUID, capture: Any) -> "Scene":
        return Scene(
            organization_id,
            capture.device_id,
            capture.id,
            capture.captured_at,
            capture.received_at,
            capture.clock_suspect,
            capture.etag,
            capture.phash,
            capture.metadata,
        )

    @property
    def known(self) -> KnownCapture:
        """Where its thumbnail is."""
        return KnownCapture(self.organization_id, self.capture_id, self.received_at)


@dataclass(frozen=True)
class Surroundings:
    """What is known of the camera by then: its newest captures, and those that were normal."""

    before: Sequence[Shot]
    normal: Sequence[KnownCapture]


async def read_surroundings(work: OrganizationWork, scene: Scene) -> Surroundings:
    """What a capture is compared with."""
    return Surroundings(*await list_known(work, scene.device_id, scene.captured_at))


class SceneCheck:
    """Looks for faults in what was read before: it needs no connection."""

    def __init__(self, sights: Sights) -> None:
        self._sights = sights

    async def check(self, scene: Scene, around: Surroundings) -> SceneFault | None:
        """What is wrong with the picture. One that cannot be looked at is left to the judges."""
        said = find_said_fault(scene.metadata)
        if said is not None:
            return said
        if is_frozen(Shot(scene.etag, scene.captured_at), around.before):
            return SceneFault.FROZEN
        own, *others = await self._sights.glance_all([scene.known, *around.normal])
        if own is None:
            return None
        return await compute(_check, own, [other for other in others if other is not None])


def find_said_fault(metadata: dict[str, Any]) -> SceneFault | None:
    """What the camera says of its own picture: it saw more of it than was sent."""
    said = metadata.get(CAMERA_METADATA)
    if not isinstance(said, str) or said not in set(CameraState):
        return None
    return SAID_BY_CAMERA.get(CameraState(said))


def _check(own: Glance, normal: Sequence[Glance]) -> SceneFault | None:
    return find_fault(own, UsualView.learn(normal))
