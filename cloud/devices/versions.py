"""Which device clients this cloud still works with, and what is said to an older one."""

import re
from dataclasses import dataclass

from device.wire import MINIMUM_DEVICE_VERSION

NUMBERS = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?![\d.])", re.ASCII)


@dataclass(frozen=True)
class Upgrade:
    """The oldest version that is supported, and what to do."""

    minimum: str
    message: str


def find_upgrade(device_version: str | None) -> Upgrade | None:
    """What to tell a device that is too old; None for one that is not, or whose version is odd."""
    said = _read(device_version or "")
    wanted = _read(MINIMUM_DEVICE_VERSION)
    if said is None or wanted is None or said >= wanted:
        return None
    return Upgrade(
        MINIMUM_DEVICE_VERSION,
        f"This camera runs version {device_version}, and {MINIMUM_DEVICE_VERSION} is the oldest "
        "that is supported. Install the present one on it.",
    )


def _read(version: str) -> tuple[int, int, int] | None:
    """The numbers of `1.2` or `1.2.3`, whatever follows them."""
    found = NUMBERS.match(version)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)
