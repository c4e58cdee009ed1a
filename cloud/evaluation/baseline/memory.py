"""Remembers how each place of the picture normally looks, and judges pictures by it.

After PatchCore (Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022):
a patch is as strange as it is far from its nearest remembered patch. A fixed camera lets us look
near the same place only. Two things are added so that a few references, taken within a minute,
are enough:

- Drift. Light, exposure and noise move every patch a little, an event moves some of them a lot.
  What the calmer part of a picture has moved is taken off every patch, up to a bound.
- A floor. References that follow each other closely say little about tomorrow's light and noise,
  so the threshold never sinks below what those alone can do to a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.captures.models import State
from cloud.evaluation.baseline.distance import Bank
from cloud.evaluation.baseline.features import Features
from cloud.evaluation.baseline.judgement import Judgement, decide, draw_box

MINIMUM_REFERENCES: Final = 8

# Strangeness is a distance between descriptions of length 1: 0 the same, 1.41 nothing in common.
THRESHOLD_FLOOR: Final = 0.64
MARGIN: Final = 1.25  # over what the references say of each other
SMALLEST_EVENT: Final = 4  # patches of 1600, that is 5 % of each side
CALM_SHARE: Final = 0.25  # an event that fills up to three quarters is not taken for drift
DRIFT_LIMIT: Final = 0.25  # squared distance; beyond it the picture itself is strange


@dataclass(frozen=True, eq=False)
class PatchMemory:
    """A fitted memory. `calm` is the squared distance that references have from each other."""

    bank: Bank
    calm: float
    threshold: float

    @staticmethod
    def fit(marked: Sequence[Features], taken: Sequence[Features] = ()) -> "PatchMemory":
        """Remember references, oldest first: `marked` by the operator, `taken` by ourselves.

        The threshold is the margin over how strange a typical marked reference looks to all the
        others. Those taken do not count in it: they were picked for looking alike. Raises
        ValueError below MINIMUM_REFERENCES marked ones.
        """
        if len(marked) < MINIMUM_REFERENCES:
            raise ValueError(f"{MINIMUM_REFERENCES} references are needed, {len(marked)} are here")
        bank = Bank.build([*marked, *taken])
        apart = bank.measure_each_by_the_others()[..., : len(marked)]
        calm = float(np.quantile(apart, CALM_SHARE))
        strangeness = [_find_peak(_remove_drift(one, calm)) for one in np.moveaxis(apart, -1, 0)]
        threshold = max(THRESHOLD_FLOOR, MARGIN * float(np.median(strangeness)))
        return PatchMemory(bank, calm, threshold)

    def judge(self, picture: Features) -> Judgement:
        """Say whether a picture looks as remembered."""
        squares = self.bank.measure(picture)
        strangeness = _remove_drift(squares, self.calm)
        anomaly = _find_peak(strangeness) / self.threshold
        novelty = _find_peak(np.sqrt(squares)) / self.threshold
        state, score = decide(anomaly)
        box = None if state is State.NORMAL else draw_box(strangeness)
        return Judgement(state, score, anomaly, novelty, self.threshold, box)


def _remove_drift(squares: NDArray[np.float32], calm: float) -> NDArray[np.float32]:
    """Take off what all patches share. Independent causes add in squares, so they part there."""
    drift = float(np.quantile(squares, CALM_SHARE)) - calm
    left = np.maximum(squares - min(max(drift, 0), DRIFT_LIMIT), 0)
    return np.asarray(np.sqrt(left), np.float32)


def _find_peak(strangeness: NDArray[np.float32]) -> float:
    """Mean of the strangest patches, as many as the smallest event covers."""
    strangest = np.partition(strangeness, -SMALLEST_EVENT, axis=None)[-SMALLEST_EVENT:]
    return float(strangest.mean())
