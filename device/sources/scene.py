"""A drawn scene as a camera: the clock of its little world moves on with every picture."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final

from device.jpeg import encode_jpeg, fit_frame
from device.picture import Picture
from device.scenes.scene import Scene
from device.wire import CaptureConfig

STEP_SECONDS: Final = 15.0
LARGEST_BYTES: Final = 200_000


class SceneSource:
    """Draws the next moment of a scene at every reading, and says what is true in it."""

    def __init__(self, scene: Scene, *, speed: float) -> None:
        """`speed` 1 lets 15 seconds of the scene pass from one picture to the next."""
        self._scene = scene
        self._moments: Iterator[int] = count()
        self._step = STEP_SECONDS * speed

    def read(self, capture: CaptureConfig) -> Picture:
        """The scene now, at most as large as asked and under 200 KB."""
        view = self._scene.draw(next(self._moments) * self._step)
        frame = fit_frame(view.frame, capture.width, capture.height)
        return Picture(
            content=encode_jpeg(frame, quality=capture.quality, at_most=LARGEST_BYTES),
            captured_at=datetime.now(UTC),
            metadata={
                "simulated": True,
                "scene": self._scene.name,
                "truth": {"state": view.truth.state, "what": view.truth.what},
            },
        )
