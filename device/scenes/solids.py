"""The shapes that scenes are built of, and where a ray meets them.

Lengths are metres, y points up. Points and directions are float32 arrays of shape (3, n), so that
each operation runs over all rays at once. The intersections are the textbook quadratics; the box
is the slab method (Kay and Kajiya, "Ray Tracing Complex Scenes", 1986).
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.integer[Any]]
Point = tuple[float, float, float]

NEAREST: Final = 1e-3
HAIR: Final = np.float32(1e-7)
MISS: Final = np.float32(np.inf)


class Shape(Protocol):
    """A closed surface."""

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        """How far along each ray, in lengths of its direction, it enters; infinity on a miss."""
        ...

    def normal(self, points: Floats) -> Floats:
        """The unit vectors pointing out at points on the surface."""
        ...

    def local(self, points: Floats) -> Floats:
        """The points as seen from the shape itself, for painting it."""
        ...

    def bounds(self) -> tuple[Point, float]:
        """A sphere that holds the shape: centre and radius."""
        ...

    def away(self, points: Floats) -> Floats:
        """How far the shape is from points outside of it, or less than that."""
        ...

    def grown(self, margin: float) -> "Shape":
        """The shape with so much more on every side."""
        ...


@dataclass(frozen=True)
class Box:
    """A box by its middle and half sizes, turned by `yaw` radians around the vertical."""

    middle: Point
    half: Point
    yaw: float = 0.0

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        start, way = self.local(origin), _turn(direction, self.yaw)
        # A ray along a face would divide by nothing; a hair's breadth aside is near enough.
        inverse = 1 / np.where(np.abs(way) < HAIR, HAIR, way)
        reach = np.abs(inverse) * column(self.half)
        middle = -inverse * start
        near, far = middle - reach, middle + reach
        # By hand, because numpy reduces over a short first axis slowly.
        enter = np.maximum(np.maximum(near[0], near[1]), near[2])
        leave = np.minimum(np.minimum(far[0], far[1]), far[2])
        return np.where((enter <= leave) & (enter > NEAREST), enter, MISS)

    def normal(self, points: Floats) -> Floats:
        local = self.local(points)
        side = np.argmax(np.abs(local) - column(self.half), axis=0)
        columns = np.arange(local.shape[1])
        normal = np.zeros_like(local)
        normal[side, columns] = np.sign(local[side, columns])
        return _turn(normal, -self.yaw)

    def local(self, points: Floats) -> Floats:
        return _turn(points - column(self.middle), self.yaw)

    def bounds(self) -> tuple[Point, float]:
        return self.middle, math.hypot(*self.half)

    def away(self, points: Floats) -> Floats:
        return _length(np.maximum(np.abs(self.local(points)) - column(self.half), 0))

    def grown(self, margin: float) -> "Box":
        x, y, z = self.half
        return replace(self, half=(x + margin, y + margin, z + margin))


@dataclass(frozen=True)
class Ellipsoid:
    """A stretched ball by its middle and its three radii."""

    middle: Point
    radii: Point

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        start, way = self.local(origin) / column(self.radii), direction / column(self.radii)
        return _first_root(dot(way, way), dot(start, way), dot(start, start) - 1)

    def normal(self, points: Floats) -> Floats:
        return unit(self.local(points) / column(self.radii) ** 2)

    def local(self, points: Floats) -> Floats:
        return points - column(self.middle)

    def bounds(self) -> tuple[Point, float]:
        return self.middle, max(self.radii)

    def away(self, points: Floats) -> Floats:
        return _length(self.local(points)) - max(self.radii)

    def grown(self, margin: float) -> "Ellipsoid":
        x, y, z = self.radii
        return replace(self, radii=(x + margin, y + margin, z + margin))


@dataclass(frozen=True)
class Capsule:
    """A round-ended rod from one point to another."""

    start: Point
    end: Point
    radius: float

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        axis, start = column(self.end) - column(self.start), self.local(origin)
        length = dot(axis, axis)
        along_way, along_start = dot(axis, direction), dot(axis, start)
        side = _first_root(
            length * dot(direction, direction) - along_way**2,
            length * dot(start, direction) - along_start * along_way,
            length * (dot(start, start) - self.radius**2) - along_start**2,
        )
        height = along_start + np.where(np.isfinite(side), side, 0) * along_way
        side = np.where((height > 0) & (height < length), side, MISS)
        return np.minimum(
            side, np.minimum(*(self._meet_end(e, origin, direction) for e in self._ends))
        )

    def normal(self, points: Floats) -> Floats:
        return unit(self._from_axis(points))

    def local(self, points: Floats) -> Floats:
        return points - column(self.start)

    def bounds(self) -> tuple[Point, float]:
        middle = tuple((a + b) / 2 for a, b in zip(self.start, self.end, strict=True))
        return (middle[0], middle[1], middle[2]), math.dist(self.start, self.end) / 2 + self.radius

    def away(self, points: Floats) -> Floats:
        return _length(self._from_axis(points)) - self.radius

    def grown(self, margin: float) -> "Capsule":
        return replace(self, radius=self.radius + margin)

    def _from_axis(self, points: Floats) -> Floats:
        axis, local = column(self.end) - column(self.start), self.local(points)
        height = clip(dot(local, axis) / dot(axis, axis), 0, 1)
        return local - axis * height

    @property
    def _ends(self) -> tuple[Point, Point]:
        return self.start, self.end

    def _meet_end(self, end: Point, origin: Floats, direction: Floats) -> Floats:
        start = origin - column(end)
        return _first_root(
            dot(direction, direction), dot(start, direction), dot(start, start) - self.radius**2
        )


@dataclass(frozen=True)
class Frustum:
    """An upright cylinder or cut cone by the middle of its foot; may narrow towards the top."""

    foot: Point
    height: float
    radius: float
    top_radius: float

    def meet(self, origin: Floats, direction: Floats) -> Floats:
        start, slope = self.local(origin), (self.top_radius - self.radius) / self.height
        reach, growth = self.radius + slope * start[1], slope * direction[1]
        side = _first_root(
            direction[0] ** 2 + direction[2] ** 2 - growth**2,
            start[0] * direction[0] + start[2] * direction[2] - reach * growth,
            start[0] ** 2 + start[2] ** 2 - reach**2,
        )
        height = start[1] + np.where(np.isfinite(side), side, 0) * direction[1]
        side = np.where((height >= 0) & (height <= self.height), side, MISS)
        top = self._meet_cap(start, direction, self.height, self.top_radius)
        return np.minimum(side, np.minimum(top, self._meet_cap(start, direction, 0, self.radius)))

    def normal(self, points: Floats) -> Floats:
        local, slope = self.local(points), (self.top_radius - self.radius) / self.height
        away = np.maximum(np.hypot(local[0], local[2]), 1e-6)
        side = unit(np.stack([local[0] / away, np.full_like(away, -slope), local[2] / away]))
        edge = 1e-4
        cap = np.sign(local[1] - self.height / 2)
        on_cap = (local[1] > self.height - edge) | (local[1] < edge)
        return np.where(on_cap, np.stack([0 * away, cap, 0 * away]), side)

    def local(self, points: Floats) -> Floats:
        return points - column(self.foot)

    def bounds(self) -> tuple[Point, float]:
        x, y, z = self.foot
        return (x, y + self.height / 2, z), math.hypot(
            self.height / 2, max(self.radius, self.top_radius)
        )

    def away(self, points: Floats) -> Floats:
        local = self.local(points)
        aside = np.hypot(local[0], local[2]) - max(self.radius, self.top_radius)
        above = np.abs(local[1] - self.height / 2) - self.height / 2
        away: Floats = np.hypot(np.maximum(aside, 0), np.maximum(above, 0))
        return away

    def grown(self, margin: float) -> "Frustum":
        return Frustum(
            foot=(self.foot[0], self.foot[1] - margin, self.foot[2]),
            height=self.height + 2 * margin,
            radius=self.radius + 2 * margin,
            top_radius=self.top_radius + 2 * margin,
        )

    def _meet_cap(self, start: Floats, direction: Floats, height: float, radius: float) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (height - start[1]) / direction[1]
            inside = (
                np.hypot(start[0] + far * direction[0], start[2] + far * direction[2]) <= radius
            )
        return np.where(inside & (far > NEAREST), far, MISS)


def column(values: Point) -> Floats:
    """One point as an array (3, 1), to go with arrays of many."""
    return np.array(values, dtype=np.float32)[:, None]


def dot(one: Floats, other: Floats) -> Floats:
    """The products of vectors pair by pair."""
    product: Floats = one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
    return product


def unit(vectors: Floats) -> Floats:
    """The vectors at length 1."""
    lengths: Floats = np.maximum(_length(vectors), np.float32(1e-9))
    return vectors / lengths


def clip(values: Floats, low: float, high: float) -> Floats:
    """The values held between two bounds."""
    held: Floats = np.clip(values, np.float32(low), np.float32(high))
    return held


def _length(vectors: Floats) -> Floats:
    length: Floats = np.sqrt(dot(vectors, vectors))
    return length


def _turn(vectors: Floats, yaw: float) -> Floats:
    if yaw == 0:
        return vectors
    cosine, sine = np.float32(math.cos(yaw)), np.float32(math.sin(yaw))
    x, y, z = vectors
    return np.stack([cosine * x - sine * z, y, sine * x + cosine * z])


def _first_root(a: Floats, half_b: Floats, c: Floats) -> Floats:
    """The nearer solution of a t² + 2 half_b t + c = 0 that lies ahead; infinity without one."""
    inside = half_b**2 - a * c
    with np.errstate(divide="ignore", invalid="ignore"):
        root = (-half_b - np.sqrt(np.maximum(inside, 0))) / a
    return np.where((inside >= 0) & (root > NEAREST), root, MISS)
