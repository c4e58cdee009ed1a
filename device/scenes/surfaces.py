"""How solids look: paints give a colour to each point of a surface, from noise where nature would.

A paint maps points, as seen from the solid itself and in metres, to linear red, green, blue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from device.scenes.solids import Floats, clip

Colour = tuple[float, float, float]
Paint = Callable[[Floats], Floats]

NOISE_SIDE: Final = 1024
NOISE_SEED: Final = 7


@dataclass(frozen=True)
class Surface:
    """Paint, and how much of the surroundings it mirrors (`gloss`, 0..1) how sharply (`polish`)."""

    paint: Paint
    gloss: float = 0.03
    polish: float = 24.0


def srgb(code: str) -> Colour:
    """A colour as in a stylesheet, `#c0392b`, in linear light."""
    parts = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part**2.2 for part in parts)
    return red, green, blue


def plain(code: str, mottle: float = 0.04) -> Paint:
    """One colour, faintly uneven as every real coat is."""
    colour = srgb(code)

    def paint(points: Floats) -> Floats:
        return _column(colour) * (
            1 + mottle * fractal(points[0] * 9 + points[1] * 5, points[2] * 9 + points[1] * 7)
        )

    return paint


def wood(light: str, dark: str, *, plank: float = 0.16, along: int = 0, across: int = 2) -> Paint:
    """Planks side by side, each with its own shade and its grain running along it."""
    bright, deep = _column(srgb(light)), _column(srgb(dark))

    def paint(points: Floats) -> Floats:
        run, wide = points[along], points[across]
        number = np.floor(wide / plank)
        shift = number * 3.7
        grain = fractal(run * 0.55 + shift, wide * 9 + points[1] * 7 + shift)
        fine = fractal(run * 2.5 + shift, wide * 60 + points[1] * 40)
        share = clip(0.5 + 0.42 * grain + 0.2 * fine + 0.25 * np.sin(number * 12.9), 0, 1)
        place = wide / plank - number
        seam = clip(np.minimum(place, 1 - place) * plank / 0.0022, 0.25, 1)
        return (bright * share + deep * (1 - share)) * seam

    return paint


def bricks(face: str, joint: str, *, length: float = 0.25, height: float = 0.08) -> Paint:
    """A running bond in the plane of x and y."""
    stone, mortar = _column(srgb(face)), _column(srgb(joint))

    def paint(points: Floats) -> Floats:
        row = np.floor(points[1] / height)
        along = points[0] / length + 0.5 * (row % 2)
        column = np.floor(along)
        rough = fractal(points[0] * 6, points[1] * 6)
        shade = 1 + 0.22 * np.sin(row * 78.2 + column * 37.7) + 0.3 * rough
        near_x = np.minimum(along - column, 1 - along + column) * length
        near_y = np.minimum(points[1] / height - row, 1 - points[1] / height + row) * height
        inside = clip((np.minimum(near_x, near_y) - 0.004) / 0.004, 0, 1)
        wall: Floats = stone * shade * inside + mortar * (1 + 0.2 * rough) * (1 - inside)
        return wall

    return paint


def ground(code: str, *, patches: float = 0.25, grit: float = 0.3) -> Paint:
    """Asphalt, earth or leaves: slow stains and fine grit."""
    colour = _column(srgb(code))

    def paint(points: Floats) -> Floats:
        across, down = points[0] + 0.31 * points[1], points[2] + 0.83 * points[1]
        stains = fractal(across * 0.3, down * 0.22) * fractal(down * 0.13, across * 0.17)
        fine = fractal(across * 9, down * 9) + 0.6 * fractal(across * 31, down * 31)
        return colour * np.maximum(1 + patches * stains + grit * fine, 0.1)

    return paint


def striped(one: str, other: str, *, width: float, axis: int = 1, edge: float = 0.12) -> Paint:
    """Even bands, such as the slats of a roller door; `edge` is the shaded part of each."""
    bright, deep = _column(srgb(one)), _column(srgb(other))

    def paint(points: Floats) -> Floats:
        place = points[axis] / width - np.floor(points[axis] / width)
        share = clip(place / edge, 0, 1) * (0.9 + 0.1 * np.cos(place * 3.1))
        uneven = 1 + 0.05 * fractal(points[0], points[1] * 3)
        bands: Floats = (bright * share + deep * (1 - share)) * uneven
        return bands

    return paint


def dotted(code: str, *, spacing: float = 0.05, hole: float = 0.006) -> Paint:
    """A pegboard in the plane of x and y."""
    colour = _column(srgb(code))

    def paint(points: Floats) -> Floats:
        near_x = (points[0] / spacing - np.round(points[0] / spacing)) * spacing
        near_y = (points[1] / spacing - np.round(points[1] / spacing)) * spacing
        board = clip((np.hypot(near_x, near_y) - hole) / 0.003, 0.12, 1)
        return colour * board * (1 + 0.06 * fractal(points[0] * 3, points[1] * 3))

    return paint


def labelled(body: str, label: str, *, low: float, high: float, mark: str | None = None) -> Paint:
    """A bottle, tin or carton with a label between two heights, and a band of print on it."""
    under, paper = _column(srgb(body)), _column(srgb(label))
    ink = _column(srgb(mark or body))

    def paint(points: Floats) -> Floats:
        height = points[1]
        place = (height - low) / (high - low)
        on_label, printed = _band(height, low, high), _band(place, 0.42, 0.7)
        colour = under + on_label * (paper + printed * (ink - paper) - under)
        return colour * (1 + 0.05 * fractal(points[0] * 20, height * 20))

    return paint


def fractal(across: Floats, down: Floats) -> Floats:
    """Smooth noise around 0, most of it within -1..1; repeats every 16 units."""
    noise = _noise_tile()
    x, y = across * (NOISE_SIDE / 16), down * (NOISE_SIDE / 16)
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    part_x, part_y = x - left, y - top
    left, top = left % NOISE_SIDE, top % NOISE_SIDE
    right, bottom = (left + 1) % NOISE_SIDE, (top + 1) % NOISE_SIDE
    upper = noise[top, left] * (1 - part_x) + noise[top, right] * part_x
    lower = noise[bottom, left] * (1 - part_x) + noise[bottom, right] * part_x
    mixed: Floats = upper * (1 - part_y) + lower * part_y
    return mixed


def _band(values: Floats, low: float, high: float, edge: float = 0.02) -> Floats:
    """1 between two bounds, 0 outside, and a short slope so that no edge is jagged."""
    soft = edge * (high - low)
    return clip((values - low) / soft, 0, 1) * clip((high - values) / soft, 0, 1)


@cache
def _noise_tile() -> Floats:
    dice = np.random.default_rng(NOISE_SEED)
    total = np.zeros((NOISE_SIDE, NOISE_SIDE), np.float32)
    for octave in range(4, 10):
        side = 2**octave
        coarse = dice.standard_normal((side, side), dtype=np.float32)
        # Enlarged with a wrapped rim, so that the tile has no seam.
        wide = cv2.copyMakeBorder(coarse, 2, 2, 2, 2, cv2.BORDER_WRAP)
        scale = NOISE_SIDE // side
        large = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        rim = 2 * scale
        total += large[rim : rim + NOISE_SIDE, rim : rim + NOISE_SIDE] * 0.6 ** (octave - 4)
    scaled: Floats = total / np.float32(2.2 * total.std())
    return scaled


def _column(colour: Colour) -> Floats:
    return np.array(colour, dtype=np.float32)[:, None]
