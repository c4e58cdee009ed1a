"""What simulated cameras see: a few moments of a drawn scene, each picture unlike all others."""

from datetime import UTC, datetime
from typing import Final

from device.picture import Picture
from device.scenes.scene import Scene
from device.sources.scene import SceneSource
from device.wire import CaptureConfig

SMALL: Final = CaptureConfig(width=320, height=240, quality=70)
MOMENTS: Final = 6
SPEED: Final = 8.0
"""Some of the moments lie within the scene's first event."""

START_OF_IMAGE: Final = b"\xff\xd8"
COMMENT: Final = b"\xff\xfe"


class Album:
    """Drawn once for the whole fleet, and no larger than a camera of little means would send."""

    def __init__(self, seed: int) -> None:
        source = SceneSource(Scene("workbench", seed=seed), speed=SPEED)
        self._moments = [source.read(SMALL) for _ in range(MOMENTS)]

    def take(self, camera: int, number: int, at: datetime) -> Picture:
        """The next picture of a camera; its clock says `at`."""
        drawn = self._moments[(camera + number) % MOMENTS]
        return Picture(
            content=add_comment(drawn.content, f"camera {camera} picture {number}"),
            captured_at=at.astimezone(UTC),
            metadata=drawn.metadata,
        )

    @property
    def largest_bytes(self) -> int:
        """How large a picture may be."""
        return max(len(drawn.content) for drawn in self._moments) + 100


def add_comment(jpeg: bytes, words: str) -> bytes:
    """The same picture with a comment segment (ITU-T T.81, B.2.4.5) behind its first marker."""
    text = words.encode()
    segment = COMMENT + (len(text) + 2).to_bytes(2, "big") + text
    return START_OF_IMAGE + segment + jpeg.removeprefix(START_OF_IMAGE)
