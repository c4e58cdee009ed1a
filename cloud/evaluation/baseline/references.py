"""Which captures the memory is made of: a bounded choice, and when an own finding may join.

The operator's word comes first. Captures that the operator marked as normal are kept up to a
bound; the room that is left goes to captures that we ourselves found clearly normal, so that the
memory follows the light of the day.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.captures.models import State
from cloud.evaluation.baseline.features import Features
from cloud.evaluation.baseline.judgement import Judgement

MARKED_LIMIT: Final = 16
TOTAL_LIMIT: Final = 24
CLEARLY_NORMAL: Final = 0.8  # of the threshold; the uncertain band starts at 0.92
WORTH_TAKING: Final = 0.4  # of the threshold; nearer than this, the memory knows it already
DESCRIPTOR_SIDE: Final = 5


def refreshes(judgement: Judgement) -> bool:
    """Decide whether a capture without the operator's word may join the memory.

    It must be far from any doubt, so that an event cannot creep in, and show something that the
    memory has not seen like this, so that it does not fill with the same picture.
    """
    return (
        judgement.state is State.NORMAL
        and judgement.anomaly <= CLEARLY_NORMAL
        and judgement.novelty >= WORTH_TAKING
    )


def count_room(marked: int) -> int:
    """Count the captures of our own finding that fit beside `marked` ones."""
    return TOTAL_LIMIT - min(marked, MARKED_LIMIT)


def choose(references: Sequence[Features], limit: int) -> list[int]:
    """Choose up to `limit` references, oldest first: always the newest, then the most unlike.

    Returns ascending indices. This is the greedy k-centre choice (Gonzalez 1985) that PatchCore
    uses for its patches, here over whole pictures.
    """
    if len(references) <= limit:
        return list(range(len(references)))
    places = np.stack([_summarise(reference) for reference in references])
    chosen = [len(references) - 1]
    apart = np.linalg.norm(places - places[chosen[0]], axis=1)
    while len(chosen) < limit:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(places - places[chosen[-1]], axis=1))
    return sorted(chosen)


def _summarise(features: Features) -> NDArray[np.float32]:
    """Describe a whole picture by the mean patch of each of 5 by 5 regions."""
    rows, columns, channels = features.coarse.shape
    shape = (DESCRIPTOR_SIDE, rows // DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, columns // DESCRIPTOR_SIDE)
    regions = features.coarse.astype(np.float32).reshape(*shape, channels)
    return np.asarray(regions.mean(axis=(1, 3)).ravel(), np.float32)
