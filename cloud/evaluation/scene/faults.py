"""Whether a picture can be judged at all: pure decisions from a small grey picture.

A picture that shows nothing must not be called normal, nor paid for. What a camera usually sees
decides where that is known, so that night and dull walls pass; else only what no picture may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from cloud.captures.models import SCENE_UNUSABLE
from cloud.evaluation.scene.sight import Glance
from cloud.evaluation.scene.usual import UsualView

BLACK: Final = 16  # the black of video, with a covered lens' noise
DARK: Final = 40  # below it, what is not to be seen is so for want of light
WHITE_SHARE: Final = 0.7
WHITE_SHARE_MORE: Final = 0.2  # than usual
FADED: Final = 0.3  # of the usual contrast
SHARPNESS_LOST: Final = 0.9  # a factor of 2.5 in what is left of fine detail
FROZEN_FROM: Final = 5
"""So many equal pictures in a row. Two may be one that was sent again; sensor noise forbids more,
and a camera that says itself that it is frozen is believed at once."""


class SceneFault(StrEnum):
    """Why a picture cannot be judged."""

    TOO_DARK = "too_dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    COVERED = "covered"
    MOVED = "moved"
    FROZEN = "frozen"


SENTENCES: Final = {
    SceneFault.TOO_DARK: "The picture is too dark. Is there light, and is the lens free?",
    SceneFault.OVEREXPOSED: "The picture is over-exposed. Does a light shine into the camera?",
    SceneFault.BLURRED: "The picture is blurred. Clean the lens, or set its focus.",
    SceneFault.COVERED: "The camera seems to be covered. Free its lens.",
    SceneFault.MOVED: (
        "The camera shows another view than usual. Put it back,"
        " or call a capture of the new view normal."
    ),
    SceneFault.FROZEN: "The camera sends the very same picture again and again. Restart it.",
}


def say_fault(fault: SceneFault) -> str:
    """The verdict's reason, by which everybody knows it."""
    return f"{SCENE_UNUSABLE}{SENTENCES[fault]}"


def find_fault(glance: Glance, usual: UsualView | None) -> SceneFault | None:
    """What is wrong with the picture, if anything is."""
    if glance.brightest < BLACK:
        return SceneFault.TOO_DARK
    if usual is None:
        return SceneFault.OVEREXPOSED if glance.bright_share > WHITE_SHARE else None
    if glance.bright_share > usual.bright_share + WHITE_SHARE_MORE:
        return SceneFault.OVEREXPOSED
    return _find_unusual(glance, usual)


def _find_unusual(glance: Glance, usual: UsualView) -> SceneFault | None:
    """Whether another view is shown than usual, or the usual one less sharply."""
    agreement = usual.agree(glance)
    is_another = agreement is not None and agreement < usual.agreement
    is_blurred = glance.sharpness < usual.sharpness - SHARPNESS_LOST
    if not is_another and not is_blurred:
        return None
    if glance.brightest < DARK:
        return SceneFault.TOO_DARK
    if is_another and glance.contrast < FADED * usual.contrast:
        return SceneFault.COVERED
    return SceneFault.BLURRED if is_blurred else SceneFault.MOVED


@dataclass(frozen=True)
class Shot:
    """A capture's stored bytes, by their hash, and when its camera says it was taken."""

    etag: str
    captured_at: datetime


def is_frozen(newest: Shot, before: Sequence[Shot]) -> bool:
    """Whether a picture is the very same as those before it (newest first), while time goes on."""
    row = [newest, *before[: FROZEN_FROM - 1]]
    if len(row) < FROZEN_FROM or {shot.etag for shot in row} != {newest.etag}:
        return False
    times = [shot.captured_at for shot in row]
    return all(later > earlier for later, earlier in pairwise(times))
