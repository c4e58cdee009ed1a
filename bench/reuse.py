"""Measures similarity reuse against a perfect judge: calls saved, events missed.

    python -m bench.reuse [FOLDER…]

A folder of labelled stills (see `bench.verdicts`) is played as a camera that takes one every ten
seconds. Whatever is judged is judged by its label; a normal verdict is used again as in the product
with its default limits. An incident opens at an abnormal verdict and closes after two normal ones.
The drawn scenes stand for a camera on which nothing happens, by day and by night.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

import cv2

from bench.drawn import DRAWN, DrawnScene
from bench.scenes import LIMITS
from bench.verdicts import read_labels
from cloud.captures.images import prepare
from cloud.captures.models import State
from cloud.devices.config import AlertingSection, SimilaritySection
from cloud.evaluation.reuse import CANDIDATES, Judged, Standard, choose_candidates, find_same
from cloud.evaluation.scene.sight import Sight, see
from cloud.kit.ids import new_id
from device.jpeg import Frame

APART: Final = timedelta(seconds=10)
BEGIN: Final = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
STANDARD: Final = Standard(1, frozenset({("judge", "perfect", frozenset())}), 0.5)
SHOTS: Final = 60


@dataclass(frozen=True)
class Shown:
    """One picture, and what a perfect judge says of it."""

    sight: Sight
    phash: int
    state: State


@dataclass(frozen=True)
class Counts:
    """What became of one camera's captures."""

    name: str
    captures: int
    reused: int
    abnormal: int
    abnormal_reused: int
    events: int
    events_missed: int


def play(name: str, shown: Sequence[Shown], limits: SimilaritySection) -> Counts:
    """Take one picture after the other, and count."""
    camera = _Camera(limits)
    reused = [camera.take(BEGIN + number * APART, one) for number, one in enumerate(shown)]
    judged = list(zip(shown, reused, strict=True))
    events = [
        list(run)
        for state, run in groupby(judged, key=lambda pair: pair[0].state)
        if state is State.ABNORMAL
    ]
    hidden = [was_reused for one, was_reused in judged if one.state is State.ABNORMAL]
    return Counts(
        name=name,
        captures=len(shown),
        reused=sum(reused),
        abnormal=len(hidden),
        abnormal_reused=sum(hidden),
        events=len(events),
        events_missed=sum(all(was_reused for _, was_reused in event) for event in events),
    )


class _Camera:
    """What the product remembers of one camera."""

    def __init__(self, limits: SimilaritySection) -> None:
        self._limits = limits
        self._judged: list[tuple[Judged, Sight]] = []
        self._normal_in_a_row = AlertingSection().close_after

    def take(self, at: datetime, shown: Shown) -> bool:
        """Judge one picture by its label unless an earlier verdict answers; whether one did."""
        if self._normal_in_a_row >= AlertingSection().close_after and self._is_known(at, shown):
            return True
        if shown.state is State.NORMAL:
            self._normal_in_a_row += 1
            self._judged.insert(0, (_judge(at, shown), shown.sight))
            del self._judged[CANDIDATES:]
        else:
            self._normal_in_a_row = 0
        return False

    def _is_known(self, at: datetime, shown: Shown) -> bool:
        sights = {judged.id: sight for judged, sight in self._judged}
        chosen = choose_candidates(
            [judged for judged, _ in self._judged],
            STANDARD,
            self._limits,
            new=_judge(at, shown),
            disputed_at=None,
        )
        known = [(judged, sights[judged.id]) for judged in chosen]
        same = find_same(shown.sight, shown.phash, known, self._limits.max_distance)
        return same is not None


def _judge(at: datetime, shown: Shown) -> Judged:
    return Judged(
        id=new_id(),
        captured_at=at,
        received_at=at,
        clock_suspect=False,
        evaluated_at=at,
        phash=shown.phash,
        score=1.0,
        reason="as labelled",
        description_version=1,
        agents=[{"classifier": "judge", "model": "perfect"}],
    )


def show(jpeg: bytes, state: State) -> Shown:
    """See a picture as the product does."""
    prepared = prepare(jpeg, LIMITS)
    return Shown(see(prepared.thumbnail), prepared.phash, state)


def read_folder(folder: Path) -> list[Shown]:
    """Read the labelled stills of a folder, in order."""
    return [show((folder / label.file).read_bytes(), label.state) for label in read_labels(folder)]


def draw_quiet() -> Iterator[tuple[str, list[Shown]]]:
    """Draw cameras on which nothing happens."""
    for name in DRAWN:
        scene = DrawnScene(name)
        for light, draw in (("day", scene.draw_day), ("night", scene.draw_night)):
            shots = [show(_code(draw(number)), State.NORMAL) for number in range(SHOTS)]
            yield f"{name}, {light}", shots


def print_table(counts: Sequence[Counts]) -> None:
    """Print a line for each camera, then the sums."""
    print(
        f"{'camera':22} {'captures':>8} {'reused':>8} {'saved':>7} "
        f"{'abnormal called normal':>23} {'events missed':>14}"
    )
    for one in counts:
        print(
            f"{one.name:22} {one.captures:>8} {one.reused:>8} "
            f"{100 * one.reused / one.captures:>6.1f}% "
            f"{f'{one.abnormal_reused} of {one.abnormal}':>23} "
            f"{f'{one.events_missed} of {one.events}':>14}"
        )


def _code(frame: Frame) -> bytes:
    _, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return jpeg.tobytes()


def main() -> None:
    """Play the folders of the command line and the drawn scenes."""
    parser = argparse.ArgumentParser(prog="python -m bench.reuse", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    folders = parser.parse_args().folders
    cameras = [*((folder.name, read_folder(folder)) for folder in folders), *draw_quiet()]
    print_table([play(name, shown, SimilaritySection(enabled=True)) for name, shown in cameras])


if __name__ == "__main__":
    main()
