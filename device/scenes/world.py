"""What there is to see: solids, lights, and where the camera stands."""

from dataclasses import dataclass

from device.scenes.solids import Point, Shape
from device.scenes.surfaces import Surface


@dataclass(frozen=True)
class Solid:
    """A shape with a surface."""

    shape: Shape
    surface: Surface


@dataclass(frozen=True)
class Eye:
    """Where the camera stands, what it looks at, and how much it sees (degrees, upright)."""

    position: Point
    target: Point
    field: float


@dataclass(frozen=True)
class Sun:
    """Light from far away; `towards` points to it, `spread` softens its shadows."""

    towards: Point
    spread: float = 0.06


@dataclass(frozen=True)
class Lamp:
    """Light from near by; full strength at one metre."""

    position: Point
    size: float = 0.08


@dataclass(frozen=True)
class World:
    """Everything there is to see. The sky's colours are for rays that meet nothing."""

    eye: Eye
    solids: tuple[Solid, ...]
    sun: Sun
    lamp: Lamp
    horizon: Point = (0.75, 0.82, 0.9)
    zenith: Point = (0.28, 0.46, 0.78)
