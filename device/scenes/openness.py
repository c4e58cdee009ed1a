"""How much of each light reaches a point: sample rays are sent, and those that get through count.

Most solids can shade but few points. So for each solid the candidates are found first, by one
ray towards a slightly grown shape, and only theirs are sampled. All solids are convex: none
shades itself, and none shades a point that looks away from it.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from device.scenes.solids import Bools, Floats, Numbers, Shape, column, dot, unit
from device.scenes.world import World

SAMPLES: Final = 8
CORNER_REACH: Final = 0.4
LAMP_REACH: Final = 1.0
LONGEST_SHADOW: Final = 3.0
SEED: Final = 11


class Openness:
    """For points with their normals, (3, n) each: shares between 0 (closed) and 1 (open)."""

    def __init__(self, world: World, points: Floats, normals: Floats, which: Numbers) -> None:
        """`which` numbers the solid that each point lies on, -1 for none."""
        self._world = world
        self._points = points
        self._normals = normals
        self._which = which
        self._dice = np.random.default_rng(SEED)

    def to_sky(self) -> Floats:
        """Corners and undersides get less of the sky. What is far away takes nothing."""
        shares = self._count(
            lambda: unit(self._normals * np.float32(1.05) + self._directions()),
            lambda shape, chosen: shape.away(self._points[:, chosen]) < CORNER_REACH,
            CORNER_REACH,
        )
        return np.float32(0.2) + np.float32(0.8) * shares

    def to_sun(self) -> Floats:
        """Shadows of the sun, softer the wider the sun spreads."""
        sun, towards = self._world.sun, unit(column(self._world.sun.towards))
        lit = dot(self._normals, towards) > 0
        margin = sun.spread * LONGEST_SHADOW

        def may_shade(shape: Shape, chosen: Numbers) -> Bools:
            ways = np.broadcast_to(towards, (3, chosen.size))
            return lit[chosen] & _meets_roughly(shape, self._points[:, chosen], ways, margin)

        return lit * self._count(
            lambda: towards + self._directions() * np.float32(sun.spread), may_shade, math.inf
        )

    def to_lamp(self) -> Floats:
        """Shadows of the lamp, softer the larger it is."""
        lamp = self._world.lamp
        to_lamp = column(lamp.position) - self._points
        lit = dot(self._normals, to_lamp) > 0

        def may_shade(shape: Shape, chosen: Numbers) -> Bools:
            ways = to_lamp[:, chosen]
            return lit[chosen] & _meets_roughly(shape, self._points[:, chosen], ways, lamp.size)

        return lit * self._count(
            lambda: (to_lamp + self._directions() * np.float32(lamp.size)) * np.float32(0.96),
            may_shade,
            LAMP_REACH,
        )

    def _count(
        self,
        towards: Callable[[], Floats],
        may_shade: Callable[[Shape, Numbers], Bools],
        reach: float,
    ) -> Floats:
        rays = np.stack([towards() for _ in range(SAMPLES)], axis=1)
        clear = np.ones((SAMPLES, self._points.shape[1]), bool)
        for number, solid in enumerate(self._world.solids):
            facing = self._facing(solid.shape, number)
            near = facing[may_shade(solid.shape, facing)]
            if not near.size:
                continue
            points = np.tile(self._points[:, near], SAMPLES)
            blocked = solid.shape.meet(points, rays[:, :, near].reshape(3, -1)) < reach
            clear[:, near] &= ~blocked.reshape(SAMPLES, -1)
        shares: Floats = clear.mean(axis=0, dtype=np.float32)
        return shares

    def _facing(self, shape: Shape, number: int) -> Numbers:
        middle, radius = shape.bounds()
        ahead = dot(column(middle) - self._points, self._normals) > -radius
        return np.flatnonzero(ahead & (self._which != number))

    def _directions(self) -> Floats:
        return unit(self._dice.standard_normal(self._points.shape, dtype=np.float32))


def _meets_roughly(shape: Shape, points: Floats, ways: Floats, margin: float) -> Bools:
    """Whether rays come near the shape, be it that they start near it."""
    meets = np.isfinite(shape.grown(margin).meet(points, ways))
    return meets | (shape.away(points) < margin)
