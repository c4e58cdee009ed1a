"""Branch coverage per room, held against floors that only rise.

A room is a folder right under cloud/, or device/. Its coverage is SlipCover's own total with
branches on: covered lines and branches among all lines and branches.
"""

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

MEASURED = Path(".coverage.json")
REPORT = Path("coverage.xml")
FLOORS = Path("tests/coverage_floors.toml")
HEADER = (
    "# Per cent of lines and branches that the whole suite must reach. bin/test --raise-floors\n"
)


def check(*, should_raise: bool) -> int:
    """Compare the last run's coverage with the floors; 1 if a room is under its own."""
    reached = measure()
    floors = read()
    for room, per_cent in reached.items():
        print(f"{room:<24} {per_cent:6.2f} %  floor {floors.get(room, 0)}")
    if should_raise:
        FLOORS.write_text(write(raised(floors, reached)))
    low = [room for room, floor in floors.items() if reached.get(room, 100.0) < floor]
    if low:
        print(f"Under the floor: {', '.join(low)}. Test what is new there.", file=sys.stderr)
    return 1 if low else 0


def measure() -> dict[str, float]:
    """Per cent by room, from what the run measured."""
    return by_room(json.loads(MEASURED.read_text())["files"])


def write_report() -> None:
    """The same as Cobertura's XML, which other tools read."""
    command = [sys.executable, "-m", "slipcover", "--silent", "--merge", str(MEASURED)]
    subprocess.run([*command, "--xml", "--out", str(REPORT)], check=True)  # noqa: S603  our own words


def by_room(files: dict[str, dict[str, dict[str, int]]]) -> dict[str, float]:
    """Totals of SlipCover's JSON report, added up by room."""
    all_parts: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for path, file in files.items():
        summary = file["summary"]
        here = summary["covered_lines"] + summary["covered_branches"]
        covered[room_of(path)] += here
        all_parts[room_of(path)] += here + summary["missing_lines"] + summary["missing_branches"]
    return {
        room: 100 * covered[room] / all_parts[room] for room in sorted(all_parts) if all_parts[room]
    }


def room_of(path: str) -> str:
    """`cloud.captures` for what lies in that folder, `cloud` for a file beside the rooms."""
    folders = Path(path).parts[:-1]
    return ".".join(folders[:2]) if folders[:1] == ("cloud",) else ".".join(folders[:1])


def read() -> dict[str, int]:
    if not FLOORS.exists():
        return {}
    return dict(tomllib.loads(FLOORS.read_text())["floors"])


def raised(floors: dict[str, int], reached: dict[str, float]) -> dict[str, int]:
    """Never lower than before, and a hair under what was reached: timing moves single branches."""
    return {
        room: max(floors.get(room, 0), int(reached.get(room, 0) - 0.5))
        for room in sorted(floors.keys() | reached.keys())
    }


def write(floors: dict[str, int]) -> str:
    lines = "".join(f'"{room}" = {floor}\n' for room, floor in floors.items())
    return f"{HEADER}[floors]\n{lines}"
