"""A stage set: what always stands there, what may come and go, and what will happen."""

from collections.abc import Mapping
from dataclasses import dataclass

from device.scenes.solids import Point
from device.scenes.timeline import Happening
from device.scenes.world import Eye, Lamp, Solid, Sun, World


@dataclass(frozen=True)
class Lights:
    """How strong each light is on an ordinary day."""

    sky: float
    sun: float
    lamp: float


@dataclass(frozen=True)
class Set:
    """`usually` names the movable things that are there when all is normal.

    `smoke_from` is where smoke rises, in fractions of the picture's width and height.
    """

    eye: Eye
    sun: Sun
    lamp: Lamp
    lights: Lights
    fixed: tuple[Solid, ...]
    movable: Mapping[str, tuple[Solid, ...]]
    usually: frozenset[str]
    happenings: tuple[Happening, ...]
    smoke_from: tuple[float, float]
    horizon: Point = (0.75, 0.82, 0.9)
    zenith: Point = (0.28, 0.46, 0.78)

    def present(self, happening: Happening | None) -> frozenset[str]:
        """The movable things that are there while this happens, or while nothing does."""
        if happening is None:
            return self.usually
        return (self.usually | happening.arriving) - happening.missing

    def world(self, present: frozenset[str]) -> World:
        """The world with these movable things in it."""
        chosen = [solid for name in sorted(present) for solid in self.movable[name]]
        return World(
            eye=self.eye,
            solids=(*self.fixed, *chosen),
            sun=self.sun,
            lamp=self.lamp,
            horizon=self.horizon,
            zenith=self.zenith,
        )
