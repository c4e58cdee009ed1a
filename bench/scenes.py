"""Measures the scene check: which made faults it catches, and which good pictures it refuses.

    python -m bench.scenes [FOLDER…]

Faults are made of good pictures: of folders with labelled stills (see `bench.verdicts`), and of the
drawn scenes by day and by night. The usual view is learnt as in the product: from normal captures
of the first quarter of a folder; of a drawn scene once from days only, once from days and nights.
Every picture that nobody spoiled is good, whatever happens on it.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.drawn import DRAWN, DrawnScene
from bench.verdicts import read_labels
from cloud.captures.images import ImageLimits, prepare
from cloud.captures.models import State
from cloud.evaluation.scene.faults import SceneFault, find_fault
from cloud.evaluation.scene.sight import Sight, see
from cloud.evaluation.scene.usual import UsualView
from device.jpeg import Frame
from device.scenes.lens import cover

LIMITS: Final = ImageLimits(max_bytes=15 << 20, max_pixels=50_000_000)
REFERENCES: Final = 16
SPOILED: Final = 20
"""How many good pictures of a set are spoiled, each in every way."""

Dice = np.random.Generator
Spoil = Callable[[Frame, Dice], Frame]


@dataclass(frozen=True)
class View:
    """The good pictures of one camera: those called normal, and those that come later."""

    name: str
    normal: Sequence[Frame]
    later: Sequence[Frame]


def darken(frame: Frame, dice: Dice) -> Frame:
    return _add_noise(frame * dice.uniform(0.0, 0.04), dice, 3.0)


def overexpose(frame: Frame, dice: Dice) -> Frame:
    """Bright until half of the picture or more is white."""
    return _add_noise(frame * (255 / np.quantile(frame, dice.uniform(0.2, 0.5))), dice, 1.0)


def blur(frame: Frame, dice: Dice) -> Frame:
    """Out of focus by 0.6 to 2.5 % of the picture's width."""
    sigma = frame.shape[1] * dice.uniform(0.006, 0.025)
    return _add_noise(cv2.GaussianBlur(frame, (0, 0), sigma), dice, 2.0)


def cover_dark(frame: Frame, dice: Dice) -> Frame:
    return cover(frame, dice)


def cover_bright(frame: Frame, dice: Dice) -> Frame:
    """A hand or a cloth close before the lens: one colour, with a soft shade across."""
    height, width = frame.shape[:2]
    colour = dice.uniform(60, 200, 3)
    shade = np.linspace(dice.uniform(0.6, 1.0), dice.uniform(0.6, 1.0), width)[None, :, None]
    return _add_noise(np.ones((height, width, 3)) * colour * shade, dice, 2.0)


def push(frame: Frame, dice: Dice) -> Frame:
    """Turned away by 10 to 40 % of the view."""
    height, width = frame.shape[:2]
    angle, far = dice.uniform(0, 2 * np.pi), dice.uniform(0.1, 0.4)
    shift = np.array(
        [[1, 0, far * width * np.cos(angle)], [0, 1, far * height * np.sin(angle)]], np.float32
    )
    return _warp(frame, shift)


def tilt(frame: Frame, dice: Dice) -> Frame:
    """Tilted by 12 to 40 degrees."""
    height, width = frame.shape[:2]
    angle = dice.choice([-1, 1]) * dice.uniform(12, 40)
    return _warp(frame, cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0))


FAULTS: Final[dict[str, Spoil]] = {
    "too dark": darken,
    "over-exposed": overexpose,
    "blurred": blur,
    "covered, dark": cover_dark,
    "covered, bright": cover_bright,
    "moved aside": push,
    "moved, tilted": tilt,
}


@dataclass(frozen=True)
class Counts:
    """What became of one camera's pictures: refused good ones, and of each fault those caught."""

    name: str
    good: int
    refused: Sequence[SceneFault]
    spoiled: int
    caught: dict[str, int]


def measure(view: View) -> Counts:
    """Check every good picture of a camera, and spoiled ones of each kind."""
    usual = UsualView.learn([look(frame) for frame in spread(view.normal, REFERENCES)])
    refused = [
        fault for frame in view.later if (fault := find_fault(look(frame), usual)) is not None
    ]
    dice = np.random.default_rng(7)
    base = spread(view.later, SPOILED)
    caught = {
        name: sum(find_fault(look(spoil(frame, dice)), usual) is not None for frame in base)
        for name, spoil in FAULTS.items()
    }
    return Counts(view.name, len(view.later), refused, len(base), caught)


def look(frame: Frame) -> Sight:
    """See a frame as the product does: by the thumbnail of its JPEG."""
    _, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return see(prepare(jpeg.tobytes(), LIMITS).thumbnail)


def spread(frames: Sequence[Frame], count: int) -> list[Frame]:
    """Pick at most so many, evenly."""
    places = np.linspace(0, len(frames) - 1, min(count, len(frames))).astype(int)
    return [frames[place] for place in places]


def read_folder(folder: Path) -> View:
    """Read the stills of a folder; the first quarter's normal ones are known."""
    labels = read_labels(folder)
    quarter = len(labels) // 4
    frames = [_read(folder / label.file) for label in labels]
    known = [
        frame
        for frame, label in zip(frames[:quarter], labels, strict=False)
        if label.state is State.NORMAL
    ]
    return View(folder.name, known, frames[quarter:])


def draw_views() -> Iterator[View]:
    """Draw each scene with days known only, and with days and nights known."""
    for name in DRAWN:
        scene = DrawnScene(name)
        days = [scene.draw_day(number) for number in range(60)]
        nights = [scene.draw_night(number) for number in range(60)]
        later = [*days[16:], *nights[16:]]
        yield View(f"{name}, days known", days[:16], later)
        yield View(f"{name}, both known", [*days[:8], *nights[:8]], later)


def print_table(counts: Sequence[Counts]) -> None:
    """Print a line for each camera, then the shares of all."""
    print(f"{'view':26} {'good refused':>14}" + "".join(f"{name:>16}" for name in FAULTS))
    for one in counts:
        caught = "".join(f"{f'{one.caught[name]} of {one.spoiled}':>16}" for name in FAULTS)
        print(f"{one.name:26} {f'{len(one.refused)} of {one.good}':>14}{caught}")
    spoiled = sum(one.spoiled * len(FAULTS) for one in counts)
    found = sum(sum(one.caught.values()) for one in counts)
    good, refused = sum(one.good for one in counts), sum(len(one.refused) for one in counts)
    print(f"\nfaults caught: {found} of {spoiled}, {100 * found / spoiled:.1f} %")
    print(f"good pictures refused: {refused} of {good}, {100 * refused / good:.2f} %")


def _read(path: Path) -> Frame:
    return np.asarray(cv2.imread(str(path)), np.uint8)


def _warp(frame: Frame, how: cv2.typing.MatLike) -> Frame:
    height, width = frame.shape[:2]
    moved = cv2.warpAffine(frame, how, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _add_noise(
    frame: np.ndarray[tuple[int, ...], np.dtype[np.generic]], dice: Dice, strength: float
) -> Frame:
    noisy = np.asarray(frame, np.float32) + dice.normal(0, strength, frame.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def main() -> None:
    """Measure the folders of the command line and the drawn scenes."""
    parser = argparse.ArgumentParser(prog="python -m bench.scenes", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    views = [read_folder(folder) for folder in parser.parse_args().folders]
    print_table([measure(view) for view in [*views, *draw_views()]])


if __name__ == "__main__":
    main()
