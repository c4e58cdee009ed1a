import pytest

from device import wire
from device.config import Pins, Standing, read_config


def test_an_empty_document_means_the_defaults() -> None:
    assert read_config({}) == wire.DeviceConfig()


def test_the_document_is_followed() -> None:
    config = read_config(
        {
            "capture": {"width": 1920, "height": 1080, "quality": 70, "warmup": 2},
            "trigger": {"enabled": False, "interval_seconds": 60, "digital_input_enabled": True},
            "heartbeat": {"interval_seconds": 15},
            "evaluation": {"classifier": "baseline"},
        }
    )
    assert config.capture == wire.CaptureConfig(1920, 1080, 70, 2)
    assert config.trigger == wire.TriggerConfig(
        enabled=False, interval_seconds=60, digital_input_enabled=True
    )
    assert config.heartbeat.interval_seconds == 15


def test_a_pushed_interval_below_the_minimum_is_clamped() -> None:
    assert read_config({"trigger": {"interval_seconds": 1}}).trigger.interval_seconds == 7


@pytest.mark.parametrize("wrong", ["60", None, True, float("nan"), [60]])
def test_a_value_of_the_wrong_kind_falls_back_to_its_default(wrong: object) -> None:
    assert read_config({"trigger": {"interval_seconds": wrong}}) == wire.DeviceConfig()


@pytest.mark.parametrize("wrong", ["x", None, 3, []])
def test_a_section_of_the_wrong_kind_falls_back_to_its_defaults(wrong: object) -> None:
    assert read_config({"capture": wrong}) == wire.DeviceConfig()


def test_what_is_pinned_at_the_device_wins_over_the_document() -> None:
    standing = Standing(Pins(interval_seconds=1.5, width=320, warmup=0.5))
    standing.replace(4, {"capture": {"width": 1920, "height": 1080, "warmup": 2}})
    assert standing.version == 4
    assert standing.config.trigger.interval_seconds == 1.5
    capture = standing.config.capture
    assert (capture.width, capture.height, capture.warmup) == (320, 1080, 0.5)
