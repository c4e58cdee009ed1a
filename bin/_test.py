"""Runs the tests: bin/test [NAME ...] [pytest's own arguments] [--raise-floors].

NAME is a folder or file under tests/ (`bin/test captures device/spool`); without one, all run.
`-m long` runs the long ones. Leaves junit.xml. The whole suite also leaves coverage.xml, and fails
when the branch coverage of a room is under its floor in tests/coverage_floors.toml; --raise-floors
raises the floors to what was reached.
"""

import os
import subprocess
import sys
from pathlib import Path

from bin import _browser, _floors

TESTS = Path("tests")
RAISE = "--raise-floors"
OF_TESTS = "Unable to activate pytest branch coverage"
"""SlipCover's warning that it counts no branches of the tests themselves; nobody asks for them."""


def main() -> int:
    words = [word for word in sys.argv[1:] if word != RAISE]
    if words in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    suites, options = split(words)
    paths = [find_suite(name) for name in suites] or [TESTS]
    command = ["-m", "pytest", "-n", "2", "--junitxml=junit.xml", *map(str, paths), *options]
    if not words:
        command = ["-m", "slipcover", "--json", "--out", str(_floors.MEASURED), *command]
    command = [sys.executable, "-W", f"ignore:{OF_TESTS}", *command]
    failed = subprocess.run(command, check=False, env=environment(paths)).returncode  # noqa: S603  the person's own words
    if words:
        return failed
    _floors.write_report()
    return failed or _floors.check(should_raise=RAISE in sys.argv)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Names come first; from the first option on, everything is pytest's."""
    for position, word in enumerate(words):
        if word.startswith("-"):
            return words[:position], words[position:]
    return words, []


def find_suite(name: str) -> Path:
    path, _, test = name.partition("::")
    folder, file = os.path.split(path)
    for candidate in (Path(path), TESTS / path, TESTS / folder / f"test_{file}.py"):
        if candidate.exists() and candidate.resolve().is_relative_to(TESTS.resolve()):
            return Path(f"{candidate}::{test}") if test else candidate
    known = sorted(child.name for child in TESTS.iterdir() if any(child.glob("**/test_*.py")))
    sys.exit(f"No tests are named {name!r}. The suites: {', '.join(known)}")


def environment(paths: list[Path]) -> dict[str, str]:
    if not any(map(_browser.is_needed, paths)):
        return dict(os.environ)
    return os.environ | {"VISANT_TEST_BROWSER": _browser.find_or_install()}


if __name__ == "__main__":
    sys.exit(main())
