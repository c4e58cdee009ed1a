import configparser
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "device" / "systemd"


@pytest.fixture
def service() -> dict[str, str]:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(FOLDER / "visant-device.service")
    return dict(unit["Service"])


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", str(FOLDER / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_service_is_watched_and_stays_down_after_a_clean_end(service: dict[str, str]) -> None:
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) <= 60
    assert service["Restart"] == "on-failure"


def test_the_service_runs_without_privileges(service: dict[str, str]) -> None:
    assert service["User"] == "visant-device"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["DevicePolicy"] == "closed"
    assert service["NoNewPrivileges"] == "yes"


def test_no_script_installs_opencv_or_numpy_with_pip() -> None:
    text = (FOLDER / "install").read_text()
    pip = [line for line in text.splitlines() if "pip" in line and "install" in line]
    assert len([line for line in pip if not line.startswith("#")]) == 1
    assert "--system-site-packages" in text
    assert "requirements.txt" not in text
    wanted = re.findall(
        r"^httpx2==[0-9.]+", (FOLDER.parent / "requirements.in").read_text(), re.MULTILINE
    )
    assert len(wanted) == 1


@pytest.mark.parametrize("script", ["install", "uninstall"])
def test_a_script_is_well_formed(script: str) -> None:
    checked = subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-n", str(FOLDER / script)], capture_output=True, check=False
    )
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("script", "arguments", "sentence"),
    [
        ("install", ["--speed", "9"], "There is no --speed"),
        ("install", ["--url"], "--url needs a value"),
        ("install", ["--url", "https://v.example"], "Say where Visant is and the code"),
        ("uninstall", ["--all"], "There is no --all"),
    ],
)
def test_a_wrong_flag_changes_nothing_and_is_said(
    script: str, arguments: list[str], sentence: str
) -> None:
    told = run(script, *arguments)
    assert told.returncode == 2
    assert sentence in told.stderr
