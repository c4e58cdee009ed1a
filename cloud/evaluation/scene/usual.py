"""What a camera usually sees, learnt from pictures that were normal, and how like it another is.

The picture is cut into tiles; in each the pattern is compared, not the brightness (normalised
cross-correlation), so that night and a dull wall are like the same view by day. What differs
between the normal pictures themselves sets how much another one may differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from cloud.evaluation.scene.sight import GLANCE, Floats, Glance

FEWEST: Final = 3
"""So many normal pictures make a usual view."""

TILE: Final = 10  # pixels of a glance: 48 tiles
FINE, COARSE = 0.7, 5.0  # standard deviations of the band whose pattern is compared

LEAST_PATTERN: Final = 1.0  # grey levels; a plainer tile of the usual view says nothing
SEEN_PATTERN: Final = 0.35  # grey levels; a plainer tile of the picture shows nothing
FEWEST_TILES: Final = 6

AGREES_FROM: Final = 0.4
OF_THEIR_OWN: Final = 0.55
"""Where normal pictures agree less with each other, so much of that agreement is enough."""


@dataclass(frozen=True, eq=False)
class _Patterns:
    """The tiles of some pictures: `shapes` (n, 48, 100) of length 1, `strengths` (n, 48)."""

    shapes: Floats
    strengths: Floats

    @staticmethod
    def of(glances: Sequence[Glance]) -> "_Patterns":
        tiles = np.stack([_cut(one) for one in glances])
        lengths = np.linalg.norm(tiles, axis=2)
        shapes = tiles / np.maximum(lengths, 1e-6)[..., None]
        shapes[lengths < SEEN_PATTERN * TILE] = 0
        return _Patterns(shapes, lengths / TILE)

    def compare(self, others: "_Patterns") -> Floats:
        """How much of each of these (rows) is as in each other (columns), 0..1.

        Only tiles count in which the other has a pattern; nan where these are too few.
        """
        likeness = np.einsum("atk,btk->abt", self.shapes, others.shapes, optimize=True)
        counts = others.strengths > LEAST_PATTERN
        shared = (np.clip(likeness, 0, 1) * counts).sum(axis=2) / np.maximum(counts.sum(axis=1), 1)
        shared[:, counts.sum(axis=1) < FEWEST_TILES] = np.nan
        return np.asarray(shared, np.float32)


@dataclass(frozen=True, eq=False)
class UsualView:
    """Limits learnt from normal pictures: those of `Sight`, and how much of the view must agree."""

    patterns: _Patterns
    sharpness: float
    contrast: float
    bright_share: float
    agreement: float

    @staticmethod
    def learn(glances: Sequence[Glance]) -> "UsualView | None":
        """The usual view; None where too few pictures are known. One odd picture does not count."""
        if len(glances) < FEWEST:
            return None
        patterns = _Patterns.of(glances)
        return UsualView(
            patterns=patterns,
            sharpness=float(np.quantile([one.sharpness for one in glances], 0.1)),
            contrast=float(np.quantile([one.contrast for one in glances], 0.1)),
            bright_share=float(np.quantile([one.bright_share for one in glances], 0.9)),
            agreement=_learn_agreement(patterns),
        )

    def agree(self, glance: Glance) -> float | None:
        """How much of the view is as in the most alike of them, 0..1; None if all are too plain."""
        shared = _Patterns.of([glance]).compare(self.patterns)
        return None if np.isnan(shared).all() else float(np.nanmax(shared))


def _learn_agreement(patterns: _Patterns) -> float:
    shared = patterns.compare(patterns)
    np.fill_diagonal(shared, np.nan)
    best = [float(np.nanmax(row)) for row in shared if not np.isnan(row).all()]
    return min(AGREES_FROM, OF_THEIR_OWN * float(np.quantile(best, 0.1))) if best else 0.0


def _cut(glance: Glance) -> Floats:
    """The tiles (48, 100) of a picture's pattern, each with mean 0."""
    small = glance.small.astype(np.float32)
    band = cv2.GaussianBlur(small, (0, 0), FINE) - cv2.GaussianBlur(small, (0, 0), COARSE)
    columns, rows = GLANCE[0] // TILE, GLANCE[1] // TILE
    tiles = band.reshape(rows, TILE, columns, TILE).swapaxes(1, 2).reshape(-1, TILE * TILE)
    return np.asarray(tiles - tiles.mean(axis=1, keepdims=True), np.float32)
