"""What is known of one camera, and when its pictures and words began to be waited for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from cloud.watch.pace import NEVER, Order, Pace


class LeftOut(StrEnum):
    """How far pictures are left out that the month's budget does not pay for."""

    SOME = "some"
    ALL = "all"


@dataclass(frozen=True)
class LatestCapture:
    """The newest capture by the camera's clock, as far as that can be believed."""

    captured_at: datetime
    received_at: datetime
    failure: str | None = None
    """Why it could not be judged, in words; None while it waits and when it was judged."""
    failed_at_ai: bool = False
    """Whether it was a model that gave no verdict."""
    left_out: LeftOut | None = None
    """Whether it was not judged to save money, and how far that goes."""


@dataclass(frozen=True)
class Learning:
    """How many normal captures the baseline has, and how many it needs."""

    have: int
    need: int


@dataclass(frozen=True)
class Facts:
    """What is known of one camera."""

    activated_at: datetime
    trial_ends_at: datetime
    interval: timedelta
    """Between two captures, as the camera reports it or as it is set."""
    orders: tuple[Order, ...] = ()
    """Its schedules: while it has any, they say when pictures are due, and not the interval."""
    paused_since: datetime | None = None
    resumed_at: datetime | None = None
    """When its last pause ended: nothing was expected of it in that time."""
    takes_by_itself: bool = True
    takes_at_input: bool = False
    """Whether it takes a picture when its digital input says so, whatever is due."""
    last_heard_at: datetime | None = None
    """By a heartbeat or a picture."""
    online_for: timedelta = timedelta(minutes=3)
    """How long it may be quiet after that."""
    sends_heartbeats: bool = True
    """Where it does not, only its pictures tell whether it is there."""
    latest: LatestCapture | None = None
    arrived_at: datetime | None = None
    """When a picture last came, whatever the camera's clock said."""
    first_received_at: datetime | None = None
    last_judged_at: datetime | None = None
    """When the newest capture that has a verdict was received."""
    unusable: str | None = None
    """Why that capture could not be judged although it was looked at, in words."""
    future_received_at: datetime | None = None
    """When a capture dated more than a day ahead was last received."""
    learning: Learning | None = None
    lacks_description: bool = False
    """A model is to judge by words, and there are none."""
    camera_trouble: str | None = None
    """Why the camera gives no picture, in the words of the computer behind it."""

    @cached_property
    def last_received_at(self) -> datetime:
        """When a picture last came; the activation, while none has."""
        latest = self.latest.received_at if self.latest else None
        received = (latest, self.future_received_at, self.arrived_at)
        return max(filter(None, received), default=self.activated_at)

    @property
    def silent_since(self) -> datetime:
        """When the next picture began to be waited for."""
        return self._expected_from(self.last_received_at)

    @property
    def unjudged_since(self) -> datetime:
        """When the next verdict began to be waited for."""
        begin = self.last_judged_at or self.first_received_at or self.activated_at
        return self._expected_from(begin)

    @property
    def quiet_since(self) -> datetime | None:
        """When its next word began to be waited for; None where it was never heard."""
        return None if self.last_heard_at is None else self._expected_from(self.last_heard_at)

    def _expected_from(self, moment: datetime) -> datetime:
        return max(moment, self.resumed_at or moment)

    @property
    def fresh_until(self) -> datetime | None:
        """Until when the newest capture shows what is there now; the next is overdue then."""
        return self.pace.late_at(self.latest.captured_at) if self.latest else None

    @cached_property
    def pace(self) -> Pace:
        """When its pictures are due."""
        return Pace(self.interval, self.orders)

    def is_online(self, now: datetime) -> bool:
        return self.last_heard_at is not None and now - self.last_heard_at < self.online_for

    def is_away(self, now: datetime, allowed: timedelta) -> bool:
        """Whether it has said nothing for longer than is allowed, although it ought to have."""
        return now > self.may_be_quiet_until(allowed)

    def may_be_quiet_until(self, allowed: timedelta) -> datetime:
        """When that would be so; far ahead where nothing is to be heard."""
        if self.quiet_since is None or not self.sends_heartbeats:
            return NEVER
        return self.quiet_since + max(allowed, self.online_for)

    @property
    def expects_pictures(self) -> bool:
        return self.takes_by_itself or bool(self.orders)
