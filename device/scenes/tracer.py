"""Tracing a world of solids into layers of light, one for each light.

Light adds up, so each light is traced once by itself and the layers are mixed anew for every
picture: evening, lamp off and a passing cloud cost a sum, not a tracing (Dorsey, Arvo and
Greenberg, "Interactive Design of Complex Time-Dependent Lighting", 1995). Shadows and corners are
sampled on a coarser grid and smoothed along surfaces by a guided filter (He, Sun and Tang, 2010).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from device.scenes.openness import Openness
from device.scenes.solids import Bools, Floats, Numbers, Shape, clip, column, dot, unit
from device.scenes.surfaces import Surface
from device.scenes.world import World

SKY_GRID: Final = 4
LIGHT_GRID: Final = 3
EDGE_SAMPLES: Final = ((-0.25, -0.375), (0.375, -0.25), (0.25, 0.375), (-0.375, 0.25))


@dataclass(frozen=True)
class Layers:
    """The world under each light alone: height × width × 3, linear, blue green red."""

    sky: Floats
    sun: Floats
    lamp: Floats


def trace(world: World, width: int, height: int) -> Layers:
    """Trace the world. Seconds of work; the result is kept by whoever asks."""
    tracing = _Tracing(world, width, height)
    layers = tracing.shade_all()
    tracing.smooth_edges(layers)
    return Layers(*(np.ascontiguousarray(layer[..., ::-1]) for layer in layers))


@dataclass(frozen=True)
class _Hits:
    distance: Floats
    which: Numbers


class _Tracing:
    """One tracing of one world; holds what its steps share."""

    def __init__(self, world: World, width: int, height: int) -> None:
        self._world = world
        self._width, self._height = width, height
        self._eye = column(world.eye.position)
        forward = unit(column(world.eye.target) - self._eye)
        right = unit(np.cross(forward, column((0, 1, 0)), axis=0))
        self._axes = right, np.cross(right, forward, axis=0), forward
        self._scale = math.tan(math.radians(world.eye.field) / 2) / (height / 2)

    def shade_all(self) -> list[Floats]:
        """The three layers, as height × width × 3, red green blue."""
        across, down = np.meshgrid(
            np.arange(self._width, dtype=np.float32), np.arange(self._height, dtype=np.float32)
        )
        ways = self._ways(across.ravel(), down.ravel())
        self._hits = self._first_hits(ways)
        shades = self._shades(ways)
        lights = self._shade(ways, self._hits, shades)
        return [light.T.reshape(self._height, self._width, 3) for light in lights]

    def smooth_edges(self, layers: list[Floats]) -> None:
        """Trace four rays instead of one wherever two things meet in a pixel."""
        ids = self._hits.which.reshape(self._height, self._width)
        edge = np.zeros(ids.shape, dtype=bool)
        for axis in (0, 1):
            differs = np.diff(ids, axis=axis) != 0
            first, second = [slice(None)] * 2, [slice(None)] * 2
            first[axis], second[axis] = slice(None, -1), slice(1, None)
            edge[tuple(first)] |= differs
            edge[tuple(second)] |= differs
        rows, columns = np.nonzero(edge)
        shades = [shade[rows, columns] for shade in self._shade_maps]
        totals = [np.zeros((rows.size, 3), np.float32) for _ in layers]
        for right, low in EDGE_SAMPLES:
            ways = self._ways(columns + np.float32(right), rows + np.float32(low))
            lights = self._shade(ways, self._first_hits(ways), shades)
            totals = [total + light.T for total, light in zip(totals, lights, strict=True)]
        for layer, total in zip(layers, totals, strict=True):
            layer[rows, columns] = total / len(EDGE_SAMPLES)

    def _ways(self, across: Floats, down: Floats) -> Floats:
        right, up, forward = self._axes
        x = (across - self._width / 2 + 0.5) * np.float32(self._scale)
        y = (self._height / 2 - down - 0.5) * np.float32(self._scale)
        return unit(right * x + up * y + forward).astype(np.float32)

    def _first_hits(self, ways: Floats) -> _Hits:
        distance = np.full(ways.shape[1], np.inf, np.float32)
        which = np.full(ways.shape[1], -1, np.int16)
        for number, solid in enumerate(self._world.solids):
            near = np.flatnonzero(self._may_meet(solid.shape, ways))
            far = solid.shape.meet(self._eye, ways[:, near])
            nearer = far < distance[near]
            distance[near[nearer]] = far[nearer]
            which[near[nearer]] = number
        return _Hits(distance, which)

    def _may_meet(self, shape: Shape, ways: Floats) -> Bools:
        middle, radius = shape.bounds()
        to_middle = column(middle) - self._eye
        square = float((to_middle**2).sum())
        if square <= radius**2:
            return np.ones(ways.shape[1], bool)
        along = dot(to_middle, ways)
        seen: Bools = (along > 0) & (along**2 >= square - radius**2)
        return seen

    def _shades(self, ways: Floats) -> list[Floats]:
        """How open each pixel is to sky, sun and lamp, 0..1. The sky's part varies slowly."""
        self._shade_maps = [
            self._shade_map(ways, SKY_GRID, 5, Openness.to_sky),
            self._shade_map(ways, LIGHT_GRID, 3, Openness.to_sun),
            self._shade_map(ways, LIGHT_GRID, 3, Openness.to_lamp),
        ]
        return [shade.ravel() for shade in self._shade_maps]

    def _shade_map(
        self, ways: Floats, grid: int, blur: int, measure: Callable[[Openness], Floats]
    ) -> Floats:
        rows = slice(grid // 2, None, grid)
        flat = np.arange(ways.shape[1]).reshape(self._height, self._width)[rows, rows]
        chosen = flat.ravel()
        depth = np.minimum(self._hits.distance[chosen], 100)
        which = self._hits.which[chosen]
        points = self._eye + ways[:, chosen] * depth
        normals = self._normals(points, which)
        openness = Openness(self._world, points + normals * np.float32(2e-3), normals, which)
        guide = depth.reshape(flat.shape)
        smooth = _smooth(measure(openness).reshape(flat.shape), guide, blur)
        return _enlarge(smooth, self._width, self._height)

    def _normals(self, points: Floats, which: Numbers) -> Floats:
        normals = np.zeros_like(points)
        normals[1] = 1
        for number, solid in enumerate(self._world.solids):
            mine = np.flatnonzero(which == number)
            if mine.size:
                normals[:, mine] = solid.shape.normal(points[:, mine])
        return normals

    def _shade(self, ways: Floats, hits: _Hits, shades: Sequence[Floats]) -> list[Floats]:
        """The light that comes back along each ray, by sky, sun and lamp: three arrays (3, n)."""
        sky, sun, lamp = (np.zeros_like(ways) for _ in range(3))
        nothing = hits.which < 0
        sky[:, nothing] = self._look_at_sky(ways[:, nothing])
        for number, solid in enumerate(self._world.solids):
            mine = np.flatnonzero(hits.which == number)
            if not mine.size:
                continue
            way = ways[:, mine]
            points = self._eye + way * hits.distance[mine]
            normal = solid.shape.normal(points)
            colour = solid.surface.paint(solid.shape.local(points))
            to_sky, to_sun, to_lamp = (shade[mine] for shade in shades)
            sky[:, mine] = self._under_sky(solid.surface, colour, way, normal) * to_sky
            to_light = np.broadcast_to(unit(column(self._world.sun.towards)), way.shape)
            sun[:, mine] = _under_light(solid.surface, colour, way, normal, to_light) * to_sun
            to_light = column(self._world.lamp.position) - points
            falloff = 1 / np.maximum(dot(to_light, to_light), np.float32(0.02))
            lit = _under_light(solid.surface, colour, way, normal, unit(to_light))
            lamp[:, mine] = lit * to_lamp * falloff
        return [sky, sun, lamp]

    def _look_at_sky(self, ways: Floats) -> Floats:
        rise = clip(ways[1], 0, 1) ** np.float32(0.6)
        return column(self._world.horizon) * (1 - rise) + column(self._world.zenith) * rise

    def _under_sky(self, surface: Surface, colour: Floats, way: Floats, normal: Floats) -> Floats:
        facing = clip(-dot(way, normal), 0, 1)
        mirrored = way + 2 * facing * normal
        grazing = surface.gloss + (1 - surface.gloss) * (1 - facing) ** 5 * min(
            1, surface.gloss * 6
        )
        from_above = 0.55 + 0.45 * normal[1]
        bright = clip(mirrored[1] * 1.6 + 0.25, 0.05, 1.3)
        seen: Floats = colour * from_above + grazing * bright
        return seen


def _under_light(
    surface: Surface, colour: Floats, way: Floats, normal: Floats, to_light: Floats
) -> Floats:
    """Matt (Lambert) and shining (Blinn's half-way vector) light from one direction."""
    facing = clip(dot(normal, to_light), 0, 1)
    half_way = unit(to_light - way)
    shine = clip(dot(normal, half_way), 0, 1) ** np.float32(surface.polish)
    strength = surface.gloss * (surface.polish + 8) / 8
    lit: Floats = colour * facing + strength * shine * (facing > 0)
    return lit


def _smooth(image: Floats, guide: Floats, side: int) -> Floats:
    """A guided filter: averages over a neighbourhood without crossing jumps of the guide."""
    size, least = (side, side), 2e-3

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(values, -1, size), np.float32)

    guide_mean, image_mean = mean(guide), mean(image)
    spread = mean(guide * guide) - guide_mean**2
    together = mean(guide * image) - guide_mean * image_mean
    slope = together / (spread + least)
    return clip(mean(slope) * guide + mean(image_mean - slope * guide_mean), 0, 1)


def _enlarge(image: Floats, width: int, height: int) -> Floats:
    large = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)
