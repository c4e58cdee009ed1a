"""How far the patches of pictures are from what other pictures show at and near the same place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cloud.evaluation.baseline.features import STEPS, Features, Grid

Maps = NDArray[np.float32]

# How far a thing may move between captures, in patches: about 5 % of the picture's side.
FINE_REACH: Final = 2
COARSE_REACH: Final = 1


@dataclass(frozen=True, eq=False)
class Bank:
    """Pictures to compare with, laid out so that a shift of all of them is one matrix product."""

    fine: "_Scale"
    coarse: "_Scale"

    @staticmethod
    def build(pictures: Sequence[Features]) -> "Bank":
        """Lay out pictures, about 0.5 MB each."""
        return Bank(
            _Scale.build([picture.fine for picture in pictures], FINE_REACH),
            _Scale.build([picture.coarse for picture in pictures], COARSE_REACH),
        )

    def measure(self, picture: Features) -> Maps:
        """Measure each patch against its likest near the same place in any picture of the bank.

        Returns squared distances (40, 40): 0 is the same, about 2 has nothing in common. It is
        the mean of both scales.
        """
        fine = self.fine.compare(_stack([picture.fine])).min(axis=2)
        coarse = self.coarse.compare(_stack([picture.coarse])).min(axis=2)
        return _merge(fine, coarse)[..., 0]

    def measure_each_by_the_others(self) -> Maps:
        """Leave one out: measure every picture of the bank against the rest (40, 40, pictures)."""
        return _merge(self.fine.compare_with_the_rest(), self.coarse.compare_with_the_rest())


@dataclass(frozen=True, eq=False)
class _Scale:
    """One scale of a bank: (rows, columns, pictures, channels), its edge repeated outwards."""

    padded: Maps
    half_squares: Maps
    reach: int

    @staticmethod
    def build(grids: Sequence[Grid], reach: int) -> "_Scale":
        stack = _stack(grids)
        margin = (reach, reach)
        padded = np.pad(stack, (margin, margin, (0, 0), (0, 0)), mode="edge")
        return _Scale(padded, (padded**2).sum(-1, keepdims=True) / 2, reach)

    def compare(self, patches: Maps) -> Maps:
        """Measure squared distances between all pictures and `patches`.

        Both are (rows, columns, n, channels); returns (rows, columns, pictures, n), the best of
        all shifts within reach.
        """
        rows, columns = patches.shape[:2]
        across = patches.swapaxes(2, 3)
        best = np.full((rows, columns, self.padded.shape[2], patches.shape[2]), -np.inf, np.float32)
        for down, right in product(range(2 * self.reach + 1), repeat=2):
            window = np.s_[down : down + rows, right : right + columns]
            likeness = np.matmul(self.padded[window], across)
            likeness -= self.half_squares[window]
            np.maximum(best, likeness, out=best)
        squares = (patches**2).sum(-1)[:, :, None]
        return np.asarray(np.maximum(squares - 2 * best, 0), np.float32)

    def compare_with_the_rest(self) -> Maps:
        """Measure the pictures by each other; none by itself."""
        inner = slice(self.reach, -self.reach)
        apart = self.compare(self.padded[inner, inner])
        own = np.arange(apart.shape[2])
        apart[:, :, own, own] = np.inf
        return np.asarray(apart.min(axis=2), np.float32)


def _stack(grids: Sequence[Grid]) -> Maps:
    return np.divide(np.stack(grids, axis=2), STEPS, dtype=np.float32)


def _merge(fine: Maps, coarse: Maps) -> Maps:
    """Bring both scales to the fine one's grid and take their mean (rows, columns, pictures)."""
    rows, columns = fine.shape[:2]
    wide = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray((fine + wide.reshape(fine.shape)) / 2, np.float32)
