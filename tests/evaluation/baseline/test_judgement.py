import numpy as np
import pytest

from cloud.captures.models import State
from cloud.evaluation.baseline.judgement import decide, draw_box


@pytest.mark.parametrize(
    ("anomaly", "state"),
    [
        (0.0, State.NORMAL),
        (0.91, State.NORMAL),
        (0.92, State.UNCERTAIN),
        (0.99, State.UNCERTAIN),
        (1.0, State.ABNORMAL),
        (2.0, State.ABNORMAL),
    ],
)
def test_the_state_follows_the_distance_to_the_threshold(anomaly: float, state: State) -> None:
    assert decide(anomaly)[0] is state


def test_sureness_grows_away_from_the_threshold() -> None:
    far, near = decide(0.3)[1], decide(0.9)[1]
    assert 1 >= far > near > 0.5
    near, far = decide(1.01)[1], decide(1.6)[1]
    assert 0.5 < near < far <= 1


def test_the_box_bounds_the_strangest_patches_and_no_others() -> None:
    strangeness = np.full((40, 40), 0.1, np.float32)
    strangeness[10:14, 20:30] = 1.0
    strangeness[35:37, 2:4] = 0.9
    assert draw_box(strangeness) == (0.5, 0.25, 0.25, 0.1)
