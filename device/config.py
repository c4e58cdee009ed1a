"""The configuration a camera works by: the cloud's document, under what was typed at the device."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from device import wire

NO_VERSION: Final = 0
FRACTION: Final = wire.Range(0, 1)
CORNERS_AT_LEAST: Final = 3
WHOLE_PICTURE: Final[wire.Mask] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True)
class Pins:
    """What was set by flag or variable: it wins over the cloud's document. None pins nothing."""

    interval_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    quality: int | None = None
    warmup: float | None = None

    def apply(self, config: wire.DeviceConfig) -> wire.DeviceConfig:
        """The configuration with the pinned values in their places."""
        capture, trigger = config.capture, config.trigger
        return replace(
            config,
            capture=replace(
                capture,
                width=capture.width if self.width is None else self.width,
                height=capture.height if self.height is None else self.height,
                quality=capture.quality if self.quality is None else self.quality,
                warmup=capture.warmup if self.warmup is None else self.warmup,
            ),
            trigger=trigger
            if self.interval_seconds is None
            else replace(trigger, interval_seconds=self.interval_seconds),
        )


class Standing:
    """The configuration in force. Replaced whole, so that no thread sees half of a change."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self.version = NO_VERSION
        self.config = pins.apply(wire.DeviceConfig())

    def replace(self, version: int, document: Mapping[str, object]) -> None:
        self.config = self._pins.apply(read_config(document))
        self.version = version


def read_config(document: Mapping[str, object]) -> wire.DeviceConfig:
    """The sections a camera uses, as far as they make sense.

    A value of the wrong kind falls back to its default and one out of range is clamped: a camera
    in the field must go on working under a newer or a mistaken document.
    """
    capture = _section(document, "capture")
    trigger = _section(document, "trigger")
    heartbeat = _section(document, "heartbeat")
    plain = wire.DeviceConfig()
    return wire.DeviceConfig(
        capture=wire.CaptureConfig(
            width=round(_number(capture, "width", wire.WIDTH, plain.capture.width)),
            height=round(_number(capture, "height", wire.HEIGHT, plain.capture.height)),
            quality=round(_number(capture, "quality", wire.QUALITY, plain.capture.quality)),
            warmup=_number(capture, "warmup", wire.WARMUP, plain.capture.warmup),
        ),
        trigger=wire.TriggerConfig(
            enabled=_truth(trigger, "enabled", default=plain.trigger.enabled),
            interval_seconds=_number(
                trigger, "interval_seconds", wire.TRIGGER_INTERVAL, plain.trigger.interval_seconds
            ),
            digital_input_enabled=_truth(
                trigger, "digital_input_enabled", default=plain.trigger.digital_input_enabled
            ),
        ),
        heartbeat=wire.HeartbeatConfig(
            interval_seconds=_number(
                heartbeat,
                "interval_seconds",
                wire.HEARTBEAT_INTERVAL,
                plain.heartbeat.interval_seconds,
            )
        ),
        privacy=wire.PrivacyConfig(masks=read_masks(_section(document, "privacy").get("masks"))),
    )


def read_masks(value: object) -> tuple[wire.Mask, ...]:
    """The privacy masks of a document, points held to the picture.

    A mask that cannot be understood covers the whole picture: what was to be hidden is hidden.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        return (WHOLE_PICTURE,)
    return tuple(_mask(polygon) for polygon in value)


def _mask(polygon: object) -> wire.Mask:
    points = polygon if isinstance(polygon, list) else []
    mask = tuple(_point(point) for point in points)
    if len(mask) < CORNERS_AT_LEAST or None in mask:
        return WHOLE_PICTURE
    return tuple(point for point in mask if point is not None)


def _point(point: object) -> tuple[float, float] | None:
    match point:
        case [int() | float() as x, int() | float() as y] if x == x and y == y:  # noqa: PLR0124 - NaN
            return FRACTION.clamp(x), FRACTION.clamp(y)
    return None


def _section(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = document.get(name)
    return section if isinstance(section, dict) else {}


def _number(section: Mapping[str, object], name: str, allowed: wire.Range, default: float) -> float:
    value = section.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        return default
    return allowed.clamp(value)


def _truth(section: Mapping[str, object], name: str, *, default: bool) -> bool:
    value = section.get(name)
    return value if isinstance(value, bool) else default
