"""The light of a moment: day drifts, clouds pass, and sometimes somebody turns it all off. Pure."""

import math
from dataclasses import dataclass

import numpy as np

from device.scenes.set import Lights
from device.scenes.solids import Floats
from device.scenes.timeline import Effect
from device.scenes.tracer import Layers

DAYLIGHT = (1.06, 1.0, 0.95)
SUNLIGHT = (0.8, 0.95, 1.08)
LAMPLIGHT = (0.55, 0.84, 1.15)
MOONLIGHT = (1.3, 1.0, 0.8)


@dataclass(frozen=True)
class Mood:
    """How strong each light is now, and how warm the day: 0 cool to 1 warm."""

    sky: float
    sun: float
    lamp: float
    warmth: float


def mood_at(lights: Lights, seconds: float, seed: int, effect: Effect) -> Mood:
    """The lights at a moment. They vary as on an ordinary day, and by seed."""
    if effect is Effect.DARK:
        return Mood(sky=lights.sky * 0.05, sun=0.0, lamp=0.0, warmth=0.0)
    cloud = _wander(seconds, seed + 1, 190)
    day = _wander(seconds, seed + 2, 2_900)
    return Mood(
        sky=lights.sky * (1 + 0.05 * day + 0.03 * cloud),
        sun=lights.sun * (0.86 + 0.12 * cloud + 0.04 * day),
        lamp=lights.lamp * (1 + 0.01 * math.sin(seconds * 1.7 + seed)),
        warmth=0.5 + 0.5 * _wander(seconds, seed + 3, 2_300),
    )


def mix(layers: Layers, mood: Mood, *, night: bool) -> Floats:
    """The light that reaches the sensor: height × width × 3, linear, blue green red."""
    sky_tint = MOONLIGHT if night else DAYLIGHT
    warm = 0.03 * (mood.warmth - 0.5)
    tint = np.array([1 - warm, 1, 1 + warm], np.float32)
    total = layers.sky * (_colour(sky_tint) * tint * np.float32(mood.sky))
    if mood.sun:
        total += layers.sun * (_colour(SUNLIGHT) * tint * np.float32(mood.sun))
    if mood.lamp:
        total += layers.lamp * (_colour(LAMPLIGHT) * np.float32(mood.lamp))
    mixed: Floats = total
    return mixed


def _wander(seconds: float, seed: int, period: float) -> float:
    """Between -1 and 1, slowly, without repeating soon."""
    turn = 2 * math.pi * seconds / period
    phase = seed * 2.399963
    return 0.6 * math.sin(turn + phase) + 0.4 * math.sin(turn * 1.618 + phase * 3)


def _colour(parts: tuple[float, float, float]) -> Floats:
    return np.array(parts, np.float32)
