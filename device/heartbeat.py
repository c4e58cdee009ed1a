"""Saying regularly that the camera is alive and how it is, and hearing of a new configuration."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from device import log, wire
from device.answers import Answer, in_words, read_upgrade
from device.client import Unreachable
from device.config import Standing
from device.eyesight import Eyesight
from device.following import Following
from device.gaps import Gap
from device.index import Counts
from device.outputs import Signalling
from device.spool import Spool
from device.vitals import read_disk_free, read_temperature

OK: Final = 200
LOOK_EVERY: Final = 0.5


class Beating(Protocol):
    """What the heartbeat needs of the cloud."""

    def beat(self, body: wire.HeartbeatBody) -> Answer: ...


@dataclass(frozen=True)
class Vitals:
    """What the machine says of itself at one moment."""

    uptime_seconds: float
    temperature_c: float | None
    disk_free_bytes: int | None


class Heartbeat:
    """Beats at the configured interval until told to stop."""

    def __init__(
        self,
        cloud: Beating,
        spool: Spool,
        standing: Standing,
        following: Following,
        eyesight: Eyesight,
        signalling: Signalling | None,
        *,
        version: str,
        folder: Path,
        stop: threading.Event,
    ) -> None:
        self._cloud = cloud
        self._spool = spool
        self._standing = standing
        self._following = following
        self._eyesight = eyesight
        self._signalling = signalling
        self._version = version
        self._folder = folder
        self._stop = stop
        self._started = time.monotonic()
        self._told: str | None = None
        self._upgrade: str | None = None
        self._said: wire.CameraState | None = None
        self._leaves_gaps = False
        self.has_beaten = threading.Event()

    def run(self) -> None:
        """Beat, then wait, until told to stop. What there is more to say is said at once."""
        while not self._stop.is_set():
            until = time.monotonic() + self.beat_once()
            self.has_beaten.set()
            while (left := until - time.monotonic()) > 0 and not self.has_news():
                if self._stop.wait(min(left, LOOK_EVERY)):
                    return

    def has_news(self) -> bool:
        """Whether the camera is not as it was said, or lost more; and the cloud heard that well."""
        return self._told is None and (self._leaves_gaps or self._state_now() is not self._said)

    def beat_once(self) -> float:
        """One heartbeat, and the config document if it changed; the seconds until the next."""
        interval = self._standing.config.heartbeat.interval_seconds
        try:
            gaps = self._spool.gaps.untold()
            named, self._leaves_gaps = gaps[: wire.MAX_GAPS], len(gaps) > wire.MAX_GAPS
            answer = self._cloud.beat(self._body(named))
            version = answer.object().get("config_version")
            if answer.status != OK or not isinstance(version, int):
                self._tell(in_words(answer))
                return max(interval, answer.retry_after(datetime.now(UTC)) or 0.0)
            self._tell_upgrade(read_upgrade(answer))
            trouble = self._following.follow(version)
            self._spool.gaps.note_told(named)
        except (Unreachable, OSError) as error:
            self._tell(str(error))
            return interval
        if trouble is not None:
            self._tell(trouble)
            return interval
        self._told = None
        return min(interval, self._standing.config.heartbeat.interval_seconds)

    def _body(self, gaps: Sequence[Gap]) -> wire.HeartbeatBody:
        vitals = Vitals(
            uptime_seconds=round(time.monotonic() - self._started, 1),
            temperature_c=read_temperature(),
            disk_free_bytes=read_disk_free(self._folder),
        )
        body = compose_heartbeat(
            self._version,
            vitals,
            self._spool.counts(),
            self._standing,
            gaps=gaps,
            spool_id=self._spool.id,
            now=datetime.now(UTC),
        )
        camera = self._eyesight.report()
        self._said = None
        if camera is not None:
            body["camera"], self._said = camera, camera["state"]
        if self._signalling is not None:
            body["output_on"] = self._signalling.is_on
        return body

    def _state_now(self) -> wire.CameraState | None:
        camera = self._eyesight.report()
        return None if camera is None else camera["state"]

    def _tell_upgrade(self, message: str | None) -> None:
        if message is not None and message != self._upgrade:
            log.warn("This client is too old", why=message)
        self._upgrade = message

    def _tell(self, reason: str) -> None:
        if reason != self._told:
            log.warn("Heartbeat not taken", why=reason)
        self._told = reason


def compose_heartbeat(
    version: str,
    vitals: Vitals,
    counts: Counts,
    standing: Standing,
    *,
    gaps: Sequence[Gap],
    spool_id: str,
    now: datetime,
) -> wire.HeartbeatBody:
    """The heartbeat's body, sent `now`; what the machine does not say is left out."""
    body = wire.HeartbeatBody(
        device_version=version,
        sent_at=now.isoformat(timespec="milliseconds"),
        uptime_seconds=vitals.uptime_seconds,
        spool={
            "waiting": counts.waiting,
            "oldest_at": counts.oldest_at,
            "dropped": counts.dropped,
            "spool_id": spool_id,
        },
        config_version=standing.version,
        sequence={"taken": counts.taken, "acked": counts.acked},
        interval_seconds=standing.config.trigger.interval_seconds,
    )
    if gaps:
        body["spool"]["gaps"] = [gap.report() for gap in gaps]
    if vitals.temperature_c is not None:
        body["temperature_c"] = vitals.temperature_c
    if vitals.disk_free_bytes is not None:
        body["disk_free_bytes"] = vitals.disk_free_bytes
    return body
