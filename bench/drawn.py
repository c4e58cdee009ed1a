"""Draws the demonstration's scenes by day and by night, for benches that want more than was filmed.

By day light drifts as it does in the demonstration. By night the sky is nearly gone, a lamp may
burn, and the sensor is noisy.
"""

from typing import Final

import numpy as np

from device.jpeg import Frame
from device.scenes.lens import Exposure, photograph
from device.scenes.light import Mood, mix, mood_at
from device.scenes.names import SCENES
from device.scenes.scene import BUILDERS
from device.scenes.timeline import Effect
from device.scenes.tracer import trace

SIZE: Final = (640, 360)
APART_SECONDS: Final = 600.0
DRAWN: Final = SCENES
"""Their names."""


class DrawnScene:
    """One scene with some of its things there; `missing` and `extra` are names of its movables."""

    def __init__(self, name: str, *, missing: str | None = None, extra: str | None = None) -> None:
        set_ = BUILDERS[name]()
        present = (set_.usually | ({extra} if extra else set())) - {missing or ""}
        self._lights = set_.lights
        self._layers = trace(set_.world(frozenset(present)), *SIZE)

    def draw_day(self, number: int) -> Frame:
        """The picture of a moment by day; ten minutes lie between two numbers."""
        mood = mood_at(self._lights, number * APART_SECONDS, 0, Effect.NONE)
        light = mix(self._layers, mood, night=False)
        return photograph(light, Exposure(), np.random.default_rng([1, number]))

    def draw_night(self, number: int) -> Frame:
        """The picture of a moment by night: every third has its lamp on, every third a dim one."""
        dice = np.random.default_rng([2, number])
        mood = Mood(
            sky=self._lights.sky * float(dice.uniform(0.05, 0.2)),
            sun=0.0,
            lamp=self._lights.lamp * (0.0, 0.3, 1.0)[number % 3],
            warmth=0.2,
        )
        light = mix(self._layers, mood, night=True)
        return photograph(light, Exposure(gain=1.4, noise=float(dice.uniform(4, 9))), dice)
