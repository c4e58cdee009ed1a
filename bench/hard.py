"""Draws what is hard for the baseline into folders of labelled stills, for `bench.verdicts`.

    python -m bench.hard FOLDER
    python -m bench.verdicts FOLDER/*

Each drawn scene is played with a thing missing or left behind by day and by noisy night, a spot of
4 % of the width, a crack of a few pixels, and thin smoke. Of 56 stills the first 20 are quiet; then
three of nine show the event.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.drawn import APART_SECONDS, DRAWN, DrawnScene
from device.jpeg import Frame
from device.scenes.scene import BUILDERS
from device.scenes.smoke import add_smoke

STILLS: Final = 56
QUIET: Final = 20
CYCLE, CALM = 9, 6
SMOKE_SHARE: Final = 0.3
CHANGED: Final[dict[str, tuple[str | None, str | None]]] = {
    "workbench": ("drill", None),
    "shelf": ("wine", None),
    "yard": (None, "parcel"),
}
"""What is missing, or left behind."""

Draw = Callable[[int], Frame]


def is_event(number: int) -> bool:
    """Whether the still of this number shows the event."""
    return number >= QUIET and (number - QUIET) % CYCLE >= CALM


def add_spot(frame: Frame, number: int) -> Frame:
    """A disc of 4 % of the width and of any colour."""
    dice = np.random.default_rng(number)
    height, width = frame.shape[:2]
    radius = width // 50
    middle = (int(dice.integers(30, width - 30)), int(dice.integers(height // 5, height - 30)))
    colour = tuple(int(part) for part in dice.integers(0, 255, 3))
    return np.asarray(cv2.circle(frame.copy(), middle, radius, colour, -1), np.uint8)


def add_crack(frame: Frame, number: int) -> Frame:
    """A dark line of two pixels, about a tenth of the width long."""
    dice = np.random.default_rng(number)
    height, width = frame.shape[:2]
    start = np.array([dice.integers(width // 8, 3 * width // 4), dice.integers(90, height - 60)])
    steps = np.column_stack([dice.integers(2, 12, 9), dice.integers(-6, 7, 9)])
    points = (start + np.cumsum(steps, axis=0)).astype(np.int32)
    drawn = cv2.polylines(frame.copy(), [points], isClosed=False, color=(25, 25, 25), thickness=2)
    return np.asarray(drawn, np.uint8)


def draw_sets(name: str) -> dict[str, tuple[Draw, Draw]]:
    """How the quiet stills and the events of each hard set of a scene are drawn."""
    missing, extra = CHANGED[name]
    usual, changed = DrawnScene(name), DrawnScene(name, missing=missing, extra=extra)

    def draw_smoke(number: int) -> Frame:
        day = np.asarray(usual.draw_day(number) / 255, np.float32)
        smoky = add_smoke(day.copy(), number * APART_SECONDS + 5, BUILDERS[name]().smoke_from)
        mixed = day + SMOKE_SHARE * (np.asarray(smoky, np.float32) - day)
        return np.asarray(np.clip(255 * mixed, 0, 255), np.uint8)

    day = usual.draw_day
    return {
        "thing-day": (day, changed.draw_day),
        "thing-night": (usual.draw_night, changed.draw_night),
        "spot": (day, lambda number: add_spot(day(number), number)),
        "crack": (day, lambda number: add_crack(day(number), number)),
        "thin-smoke": (day, draw_smoke),
    }


def write_set(folder: Path, draw_quiet: Draw, draw_event: Draw) -> None:
    """Write the stills of one set and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["file,captured_at,state,what"]
    for number in range(STILLS):
        event = is_event(number)
        frame = draw_event(number) if event else draw_quiet(number)
        file = f"{number:04d}.jpg"
        cv2.imwrite(str(folder / file), frame, [cv2.IMWRITE_JPEG_QUALITY, 88])
        state, what = ("abnormal", folder.name) if event else ("normal", "nothing new")
        rows.append(f"{file},{number * APART_SECONDS:.0f},{state},{what}")
    (folder / "labels.csv").write_text("\n".join(rows))


def main() -> None:
    """Write every set into the folder of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.hard", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    for name in DRAWN:
        for kind, (draw_quiet, draw_event) in draw_sets(name).items():
            write_set(folder / f"{name}-{kind}", draw_quiet, draw_event)


if __name__ == "__main__":
    main()
