"""A scene as a whole: give it a moment of its own clock, and it shows what a camera would see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from device.jpeg import Frame
from device.scenes.lens import Exposure, cover, photograph, stamp
from device.scenes.light import mix, mood_at
from device.scenes.set import Set
from device.scenes.shelf import build_shelf
from device.scenes.smoke import add_smoke
from device.scenes.stage import Stage
from device.scenes.timeline import Effect, Timeline, Truth, happening_at, truth_of
from device.scenes.workbench import build_workbench
from device.scenes.yard import build_yard

WIDTH: Final = 1280
HEIGHT: Final = 720

BUILDERS: Final[Mapping[str, Callable[[], Set]]] = {
    "workbench": build_workbench,
    "shelf": build_shelf,
    "yard": build_yard,
}
DAY: Final = Exposure()
NIGHT: Final = Exposure(gain=1.4, noise=4.5)


@dataclass(frozen=True)
class View:
    """One picture, 1280 × 720 unless asked otherwise, and the truth about it."""

    frame: Frame
    truth: Truth


class Scene:
    """One of the named scenes. The same name, seed and moment give the same picture."""

    def __init__(
        self,
        name: str,
        *,
        seed: int = 0,
        timeline: Timeline | None = None,
        size: tuple[int, int] = (WIDTH, HEIGHT),
    ) -> None:
        """Raises KeyError when there is no scene of that name."""
        self.name = name
        self._set = BUILDERS[name]()
        self._seed = seed
        self.timeline = timeline or Timeline()
        self._stage = Stage(self._set, size)

    def draw(self, seconds: float) -> View:
        """The scene at a moment of its clock. The first time of a state takes some seconds."""
        happening = happening_at(self.timeline, self._set.happenings, self._seed, seconds)
        effect = happening.effect if happening else Effect.NONE
        dice = np.random.default_rng([self._seed, round(seconds * 1000)])
        night = effect is Effect.DARK
        layers = self._stage.layers(self._set.present(happening))
        if happening is None:
            self._make_ready(seconds)
        light = mix(layers, mood_at(self._set.lights, seconds, self._seed, effect), night=night)
        if effect is Effect.SMOKE:
            light = add_smoke(light, seconds, self._set.smoke_from)
        frame = photograph(light, NIGHT if night else DAY, dice)
        if effect is Effect.COVERED:
            frame = cover(frame, dice)
        return View(stamp(frame), truth_of(happening))

    def _make_ready(self, seconds: float) -> None:
        upcoming = happening_at(
            self.timeline, self._set.happenings, self._seed, self.timeline.next_start(seconds)
        )
        self._stage.prepare(self._set.present(upcoming))
