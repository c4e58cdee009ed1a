"""Whether a picture from a real camera is worth the name: a black one or a frozen one is not.

Such a picture is sent all the same, and says of itself what it is: an operator must see that the
camera sees nothing, and a judge must not call it normal.
"""

import hashlib
from typing import Final

import numpy as np

from device.jpeg import Frame
from device.wire import CameraState

BLACK_UP_TO: Final = 16
"""Of 255: the black of video is 16, and a covered lens with its noise stays under that."""

BLACK_SHARE: Final = 0.999
FROZEN_FROM: Final = 3
"""So many frames in a row with every pixel equal: sensor noise makes that impossible when alive."""


class Doubts:
    """Looks at one camera's frames, one after the other."""

    def __init__(self) -> None:
        self._last = b""
        self._same = 0

    def judge(self, frame: Frame) -> CameraState:
        """What this frame says of its camera. A black camera is black, frozen or not."""
        print_of = hashlib.sha256(np.ascontiguousarray(frame).data).digest()
        self._same = self._same + 1 if print_of == self._last else 1
        self._last = print_of
        if is_black(frame):
            return CameraState.BLACK
        return CameraState.FROZEN if self._same >= FROZEN_FROM else CameraState.OK


def is_black(frame: Frame) -> bool:
    """Whether all but a thousandth of the picture's values are black."""
    return float(np.mean(frame <= BLACK_UP_TO)) >= BLACK_SHARE
