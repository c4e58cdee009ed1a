"""Makes `.venv` and installs what a requirements file pins, when the file has changed.

Run from the checkout's root by any Python from 3.11 on, with nothing installed yet. Uses uv where
it is there, else venv and pip. Two commands started at once take turns.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from importlib.util import find_spec
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
INCLUDES = {DEVELOPMENT: (DEVELOPMENT, RUNTIME)}  # what else is there once this is installed
LAST_WORDS = 15  # lines of the installer's output shown when it fails


class InstallError(Exception):
    """The environment cannot be made; the message is what the person is told."""


def main() -> int:
    wanted = sys.argv[1]
    checkout = os.open(".", os.O_RDONLY)
    fcntl.flock(checkout, fcntl.LOCK_EX)
    try:
        if not is_installed(wanted):
            make_venv()
            install(wanted)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def is_installed(wanted: str) -> bool:
    return stamp_line(wanted) in read_stamp() and runs("-c", "")


def read_stamp() -> list[str]:
    return STAMP.read_text().splitlines() if STAMP.exists() else []


def stamp_line(name: str) -> str:
    return f"{hashlib.sha256(Path(name).read_bytes()).hexdigest()}  {name}"


def make_venv() -> None:
    uv = shutil.which("uv")
    if runs("-c", "") and (uv or runs("-m", "pip", "--version")):
        return
    if uv:
        command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
    elif find_spec("ensurepip") is None:
        raise InstallError(f"This Python lacks venv. Install it with: {how_to_get_venv()}")
    else:
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  our own words
    if made.returncode != 0:
        raise InstallError(f"No environment could be made in {VENV}:\n{made.stdout}{made.stderr}")


def runs(*arguments: str) -> bool:
    """Whether the environment's Python can do this; a system upgrade may have broken it."""
    if not PYTHON.exists():
        return False
    command = [str(PYTHON), *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603  our own words


def how_to_get_venv() -> str:
    if sys.platform == "darwin":
        return "brew install python@3.12"
    return f"sudo apt install python3-venv python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def install(wanted: str) -> None:
    STAMP.unlink(missing_ok=True)  # from here until the end nothing is promised
    pinned = len(re.findall(r"^[\w.\-\[\]]+==", Path(wanted).read_text(), re.MULTILINE))
    print(f"Installing {pinned} packages from {wanted}, once ...", flush=True)
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", str(PYTHON)]
    else:
        command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    follow([*command, "--require-hashes", "--only-binary", ":all:", "-r", wanted], pinned)
    lines = [stamp_line(name) for name in INCLUDES.get(wanted, (wanted,))]
    STAMP.write_text("\n".join(lines) + "\n")


def follow(command: list[str], pinned: int) -> None:
    """Run the installer; show how far it is on a terminal, and its last words if it fails."""
    last: deque[str] = deque(maxlen=LAST_WORDS)
    seen = 0
    with subprocess.Popen(  # noqa: S603  our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as installer:
        for line in installer.stdout or ():
            last.append(line)
            if line.startswith("Collecting "):
                seen += 1
                show(f"  {seen} of {pinned}: {line.split()[1]}")
            elif line.startswith(("Installing collected", "Downloading", "Prepared", "Resolved")):
                show(f"  {line.strip()}")
    show("")
    if installer.returncode != 0:
        raise InstallError("The installation failed:\n" + "".join(last))


def show(words: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{words[:78]}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
