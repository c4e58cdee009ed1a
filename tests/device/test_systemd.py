import configparser
import os
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


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", str(FOLDER / script), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class Machine:
    """A root folder and stand-ins for the tools that change a machine; each notes its calls."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._tools = folder / "tools"
        self._notes = folder / "notes"
        self._tools.mkdir()
        for name in ("apt-get", "useradd", "groupadd", "getent", "chown", "systemctl", "sync"):
            self._stand_in(name)
        self._stand_in("id", "echo 0")
        self._stand_in("dpkg-query", "printf 'installed\\n%.0s' 1 2 3 4")
        self._stand_in("runuser", 'shift 3; exec "$@"')
        self._stand_in("pip")
        self._stand_in("python", f'echo "python $3" >>{self._notes}; touch "${{@: -1}}"')
        made = f"for name in pip python; do cp {self._tools}/$name $4/bin/; done"
        self._stand_in("python3", f'[ "$1" != -m ] || {{ mkdir -p "$4/bin"; {made}; }}')
        self.forget()

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{self._tools}:{os.environ['PATH']}"
        return run("install", *arguments, PATH=path, DESTDIR=str(self.root))

    def program(self) -> str:
        """The name of the folder that the service runs."""
        return (self.root / "opt/visant-device/program").readlink().name

    def calls(self) -> list[str]:
        return self._notes.read_text().splitlines()

    def forget(self) -> None:
        self._notes.write_text("")

    def break_tool(self, name: str) -> None:
        if name == "apt-get":
            self._stand_in("dpkg-query")
        self._stand_in(name, "exit 1")

    def environment(self) -> dict[str, str]:
        """As systemd reads it: in double quotes a backslash keeps only these four as they are."""
        text = (self.root / "etc/visant-device/environment").read_text()
        pairs = [line.split("=", 1) for line in text.splitlines()]
        return {name: re.sub(r'\\([\\"`$])', r"\1", said.strip('"')) for name, said in pairs}

    def _stand_in(self, name: str, does: str = "") -> None:
        tool = self._tools / name
        tool.write_text(f'#!/bin/bash\necho "{name} $*" >>{self._notes}\n{does}\n')
        tool.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


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


def test_what_pip_installs_is_httpx2_and_its_needs_with_their_hashes(machine: Machine) -> None:
    assert machine.install("--url", "https://v.example", "--code", "C").returncode == 0
    (list_of,) = (machine.root / "opt/visant-device/program").glob("without-numpy.txt")
    names = re.findall(r"^([a-z0-9-]+)==", list_of.read_text(), re.MULTILINE)
    assert "httpx2" in names
    assert not {"numpy", "opencv-python-headless"} & set(names)
    assert list_of.read_text().count("--hash=sha256:") >= len(names)
    (pip,) = [call for call in machine.calls() if call.startswith("pip ")]
    assert "--require-hashes" in pip
    assert "--no-deps" in pip


def test_a_first_installation_pairs_writes_the_source_and_starts(machine: Machine) -> None:
    told = machine.install("--url", "https://v.example", "--code", "C", "--source", "camera:0")
    assert told.returncode == 0, told.stderr
    assert machine.environment() == {"VISANT_SOURCE": "camera:0"}
    assert (machine.root / "opt/visant-device/program/device/agent.py").is_file()
    done = machine.calls()
    assert done.index("python pair") < done.index("systemctl restart visant-device.service")


def test_a_second_installation_leaves_one_program_and_the_other_settings(machine: Machine) -> None:
    machine.install("--url", "https://v.example", "--code", "C", "--source", "camera:1")
    settings = machine.root / "etc/visant-device/environment"
    settings.write_text(settings.read_text() + "VISANT_BACKEND=v4l2\n")
    assert machine.install().returncode == 0
    assert machine.environment() == {"VISANT_SOURCE": "camera:1", "VISANT_BACKEND": "v4l2"}
    machine.install("--source", "camera:2")
    assert machine.environment() == {"VISANT_SOURCE": "camera:2", "VISANT_BACKEND": "v4l2"}
    assert settings.stat().st_mode & 0o777 == 0o600
    there = sorted(path.name for path in (machine.root / "opt/visant-device").iterdir())
    assert there[0] == ".venv"
    assert there[1:] == ["program", machine.program()]


@pytest.mark.parametrize("failing", ["apt-get", "pip", "python"])
def test_where_a_step_fails_a_running_camera_is_left_alone(machine: Machine, failing: str) -> None:
    machine.install("--url", "https://v.example", "--code", "C")
    program = machine.program()
    machine.forget()
    machine.break_tool(failing)
    told = machine.install("--url", "https://v.example", "--code", "D", "--source", "picamera")
    assert told.returncode != 0
    assert not [call for call in machine.calls() if call.startswith("systemctl")]
    assert machine.program() == program
    assert len(list((machine.root / "opt/visant-device").glob("program-*"))) == 1


def test_a_source_reaches_the_client_through_systemd_as_it_was_typed(machine: Machine) -> None:
    source = r"""rtsp://me:p\w"$x`'#;%@10.0.0.9/a b"""
    machine.install("--url", "https://v.example", "--code", "C", "--source", source)
    assert machine.environment() == {"VISANT_SOURCE": source}


def test_an_old_python_is_said_before_anything_is_done(machine: Machine) -> None:
    machine.break_tool("python3")
    told = machine.install("--url", "https://v.example", "--code", "C")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "Python 3.11" in told.stderr
    assert not machine.root.exists()


def test_the_doctor_sees_what_the_service_sees(service: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "systemd-run").write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    (tmp_path / "systemd-run").chmod(0o755)
    told = run("doctor", PATH=f"{tmp_path}:{os.environ['PATH']}").stdout.splitlines()
    for name in ("User", "SupplementaryGroups", "WorkingDirectory", "EnvironmentFile"):
        assert f"--property={name}={service[name]}" in told
    text = (FOLDER / "visant-device.service").read_text()
    for name, value in re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE):
        assert f"--setenv={name}={value}" in told
    assert " ".join(told[-4:]) == service["ExecStart"].replace(" run", " doctor")


@pytest.mark.parametrize("script", ["install", "uninstall", "doctor"])
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
