"""A Chromium for the tests that drive one: what is installed, or what can be installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

INSTALLED = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 600  # for one attempt to install


def is_needed(path: Path) -> bool:
    """Whether any test at this path is marked `browser`."""
    path = Path(str(path).partition("::")[0])
    files = path.rglob("*.py") if path.is_dir() else [path]
    return any("mark.browser" in file.read_text() for file in files)


def find_or_install() -> str:
    """The browser's path, or an empty word: then the tests themselves say how to get one."""
    return find() or install_by_playwright() or install_by_system()


def find() -> str:
    chosen = os.environ.get("VISANT_TEST_BROWSER", "")
    for candidate in (chosen, *INSTALLED, playwrights_own()):
        path = shutil.which(candidate)
        if path and succeeds(path, "--version"):
            return path
    return ""


def playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def install_by_playwright() -> str:
    print("No Chromium found: asking Playwright for one ...", flush=True)
    succeeds(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


def install_by_system() -> str:
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    if not shutil.which("apt-get") or (as_root and not succeeds(*as_root, "true")):
        return ""
    print("Installing chromium by apt-get ...", flush=True)
    succeeds(*as_root, "apt-get", "update")
    succeeds(*as_root, "apt-get", "install", "-y", "--no-install-recommends", "chromium")
    return find()


def succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=SECONDS)  # noqa: S603  our own words
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
