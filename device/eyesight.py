"""How the camera's eye is, as the heartbeat tells it: since when it gives pictures, or why not."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from device import log, wire
from device.picture import Picture
from device.wire import CameraState

LONGEST_DETAIL: Final = 300
WORDS: Final = {
    CameraState.BLACK: "The picture is black. Is the lens covered, or is it dark?",
    CameraState.FROZEN: "The camera gives the very same picture again and again. Restart it.",
}


class Eyesight:
    """Remembers the state and its beginning. Written by the taker, read by the heartbeat."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._mutex = threading.Lock()
        self._report: wire.CameraReport | None = None

    def saw(self, picture: Picture) -> None:
        """A picture came; what it says of itself decides."""
        said = picture.metadata.get(wire.CAMERA_METADATA)
        state = CameraState(str(said)) if said in set(CameraState) else CameraState.OK
        self._change(state, WORDS.get(state))

    def failed(self, reason: str) -> None:
        """No picture came; the sentence says why."""
        self._change(CameraState.NO_PICTURE, reason[:LONGEST_DETAIL])

    def report(self) -> wire.CameraReport | None:
        """What to tell the cloud; None before the first picture was tried."""
        with self._mutex:
            return self._report

    def _change(self, state: CameraState, detail: str | None) -> None:
        now = self._now().isoformat(timespec="milliseconds")
        with self._mutex:
            before = self._report
            lasts = before is not None and before["state"] is state
            since = before["since"] if before is not None and lasts else now
            self._report = wire.CameraReport(state=state, since=since)
            if detail is not None:
                self._report["detail"] = detail
        if not lasts and detail is not None and state in WORDS:
            log.warn(detail, state=state)
