"""How the machine under the camera is: warmth and room on the disk."""

import shutil
from pathlib import Path
from typing import Final

THERMAL_ZONE: Final = Path("/sys/class/thermal/thermal_zone0/temp")


def read_temperature(zone: Path = THERMAL_ZONE) -> float | None:
    """Degrees Celsius of the processor, None where the machine does not say."""
    try:
        return int(zone.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None


def read_disk_free(folder: Path) -> int | None:
    """Free bytes on the disk that holds the folder, None when it cannot be read."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
