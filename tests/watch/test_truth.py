"""Whether a camera is really being watched: one table of situations, and what is said of each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.kit.weekly_hours import Window
from cloud.triggers.timetable import Timetable
from cloud.watch.facts import Facts, LatestCapture, Learning, LeftOut
from cloud.watch.pace import Order
from cloud.watch.truth import (
    Watching,
    WatchReason,
    find_truth,
)

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
INTERVAL = 5 * MINUTE
QUIET = 4 * MINUTE


def ago(span: timedelta) -> datetime:
    return NOW - span


def capture(
    age: timedelta, *, taken: timedelta | None = None, failure: str | None = None
) -> LatestCapture:
    return LatestCapture(
        captured_at=ago(taken if taken is not None else age), received_at=ago(age), failure=failure
    )


WATCHED = Facts(
    activated_at=ago(10 * DAY),
    trial_ends_at=NOW + 20 * DAY,
    interval=INTERVAL,
    last_heard_at=ago(10 * SECOND),
    latest=capture(41 * SECOND),
    first_received_at=ago(10 * DAY),
    last_judged_at=ago(41 * SECOND),
)

NEW = replace(
    WATCHED,
    activated_at=ago(3 * MINUTE),
    latest=None,
    first_received_at=None,
    last_judged_at=None,
)


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Timetable("UTC", 300, active_hours=(Window(WEEKDAYS, 8 * 60, 18 * 60),))
FRIDAY_EVENING, FRIDAY_NOON = ago(37 * HOUR + 35 * MINUTE), ago(43 * HOUR + 35 * MINUTE)


def ordered(timetable: Timetable, last: datetime, **values: Any) -> Facts:
    """A camera with a schedule, whose last picture came and was judged at that moment."""
    came = LatestCapture(captured_at=last, received_at=last)
    orders = (Order(timetable, ago(10 * DAY)),)
    return replace(WATCHED, orders=orders, latest=came, last_judged_at=last, **values)


def resumed(resumed_at: datetime, **values: Any) -> Facts:
    """A camera that was paused two days ago, right after a picture, until that moment."""
    return replace(
        WATCHED,
        **{
            "latest": capture(2 * DAY),
            "last_judged_at": ago(2 * DAY),
            "resumed_at": resumed_at,
            **values,
        },
    )


def silent_for(age: timedelta, *, online: bool = False) -> Facts:
    heard_at = WATCHED.last_heard_at if online else ago(age)
    return replace(WATCHED, last_heard_at=heard_at, latest=capture(age), last_judged_at=ago(age))


SITUATIONS: dict[str, tuple[Facts, Watching, str, datetime]] = {
    "judged in time": (
        WATCHED,
        Watching.WATCHING,
        "The last picture was judged 41 seconds ago.",
        ago(41 * SECOND),
    ),
    "a new picture waits, the one before was judged": (
        replace(WATCHED, latest=capture(SECOND), last_judged_at=ago(INTERVAL)),
        Watching.WATCHING,
        "The last picture was judged 5 minutes ago.",
        ago(INTERVAL),
    ),
    "paused": (
        replace(WATCHED, paused_since=ago(HOUR)),
        Watching.NOT_WATCHING,
        "Paused. Resume it",
        ago(HOUR),
    ),
    "resumed after two days": (
        resumed(ago(MINUTE)),
        Watching.NOT_WATCHING,
        "Resumed; its next picture is due within 4 minutes.",
        ago(MINUTE),
    ),
    "resumed after two days, and unplugged meanwhile": (
        resumed(ago(MINUTE), last_heard_at=ago(DAY)),
        Watching.NOT_WATCHING,
        "Resumed, but last heard from 24 hours ago. Is the camera plugged in?",
        ago(MINUTE),
    ),
    "resumed after two days, and its next picture is late": (
        resumed(ago(2 * INTERVAL)),
        Watching.DEGRADED,
        "No picture for 10 minutes.",
        ago(INTERVAL),
    ),
    "its first picture after two days waits": (
        resumed(ago(INTERVAL), latest=capture(SECOND)),
        Watching.DEGRADED,
        "Its first picture is being judged.",
        ago(INTERVAL),
    ),
    "its first picture after two days could not be judged": (
        resumed(ago(INTERVAL), latest=capture(SECOND, failure="No answer.")),
        Watching.NOT_WATCHING,
        "No answer.",
        NOW,
    ),
    "resumed at once": (
        replace(WATCHED, resumed_at=ago(SECOND)),
        Watching.WATCHING,
        "judged 41 seconds ago",
        ago(41 * SECOND),
    ),
    "the trial ended": (
        replace(WATCHED, trial_ends_at=ago(DAY)),
        Watching.NOT_WATCHING,
        "The trial has ended",
        ago(DAY),
    ),
    "never heard from": (
        replace(NEW, last_heard_at=None),
        Watching.NOT_WATCHING,
        "Never heard from. Run its setup command",
        ago(3 * MINUTE),
    ),
    "heard once, then gone, without a picture": (
        replace(NEW, last_heard_at=ago(QUIET)),
        Watching.NOT_WATCHING,
        "last heard from 4 minutes ago. Is the camera plugged in?",
        ago(3 * MINUTE),
    ),
    "connected, before its first picture": (
        NEW,
        Watching.NOT_WATCHING,
        "its first picture is due within 5 minutes",
        ago(3 * MINUTE),
    ),
    "connected, but told to take nothing": (
        replace(NEW, takes_by_itself=False),
        Watching.NOT_WATCHING,
        "Switch it on in its settings",
        ago(3 * MINUTE),
    ),
    "switched off after having taken pictures": (
        replace(WATCHED, takes_by_itself=False),
        Watching.NOT_WATCHING,
        "no picture is due",
        ago(41 * SECOND),
    ),
    "nothing by itself, but by its schedule": (
        ordered(Timetable("UTC", 300), ago(41 * SECOND), takes_by_itself=False),
        Watching.WATCHING,
        "judged 41 seconds ago",
        ago(41 * SECOND),
    ),
    "connected, before the first picture of its schedule": (
        replace(NEW, orders=(Order(Timetable("UTC", cron="50 7 * * *"), ago(MINUTE)),)),
        Watching.NOT_WATCHING,
        "its first picture is due within 20 minutes",
        ago(3 * MINUTE),
    ),
    "outside its active hours": (
        ordered(OFFICE, FRIDAY_EVENING),
        Watching.NOT_WATCHING,
        "Outside its active hours. The next picture is due in 24 hours.",
        FRIDAY_EVENING,
    ),
    "silent since before its active hours ended": (
        ordered(OFFICE, FRIDAY_NOON),
        Watching.NOT_WATCHING,
        "No picture for 43 hours. Its computer is connected",
        FRIDAY_NOON + 5 * MINUTE,
    ),
    "just before its active hours begin": (
        ordered(replace(OFFICE, active_hours=(Window(("sun",), 452, 600),)), ago(DAY)),
        Watching.NOT_WATCHING,
        "The next picture is due in 5 minutes",
        ago(DAY),
    ),
    "asked for its one picture of the day a moment ago": (
        ordered(Timetable("UTC", cron="25 7 * * *"), ago(DAY + 4 * MINUTE)),
        Watching.WATCHING,
        "judged 24 hours ago",
        ago(DAY + 4 * MINUTE),
    ),
    "its one picture of the day did not come": (
        ordered(Timetable("UTC", cron="15 7 * * *"), ago(DAY + 14 * MINUTE)),
        Watching.DEGRADED,
        "No picture for 24 hours.",
        ago(15 * MINUTE),
    ),
    "almost late": (
        silent_for(1.75 * INTERVAL, online=True),
        Watching.WATCHING,
        "judged 8 minutes ago",
        ago(1.75 * INTERVAL),
    ),
    "late": (
        silent_for(1.75 * INTERVAL + SECOND),
        Watching.DEGRADED,
        "No picture for 8 minutes. Is the camera plugged in?",
        ago(0.75 * INTERVAL + SECOND),
    ),
    "late while heartbeats say why": (
        replace(silent_for(12 * MINUTE, online=True), camera_trouble="There is no /dev/video0."),
        Watching.DEGRADED,
        "No picture for 12 minutes. Its computer says: There is no /dev/video0.",
        ago(7 * MINUTE),
    ),
    "late while its computer is heard and does not know why": (
        silent_for(12 * MINUTE, online=True),
        Watching.DEGRADED,
        "No picture for 12 minutes. Its computer is connected, so look at the camera",
        ago(7 * MINUTE),
    ),
    "gone": (
        silent_for(2 * HOUR),
        Watching.NOT_WATCHING,
        "No picture for 2 hours. Is the camera plugged in?",
        ago(2 * HOUR - INTERVAL),
    ),
    "not heard from, long before its next picture is due": (
        ordered(Timetable("UTC", cron="25 6 * * *"), ago(65 * MINUTE), last_heard_at=ago(QUIET)),
        Watching.DEGRADED,
        "Last heard from 4 minutes ago. Is the camera plugged in?",
        ago(QUIET),
    ),
    "away, long before its next picture is due": (
        ordered(Timetable("UTC", cron="25 6 * * *"), ago(65 * MINUTE), last_heard_at=ago(HOUR)),
        Watching.NOT_WATCHING,
        "Last heard from 60 minutes ago. Is the camera plugged in?",
        ago(HOUR),
    ),
    "away for less than three pictures take": (
        replace(silent_for(2 * HOUR), interval=HOUR),
        Watching.NOT_WATCHING,
        "No picture for 2 hours. Is the camera plugged in?",
        ago(HOUR),
    ),
    "quiet for no longer than its heartbeats take": (
        replace(WATCHED, last_heard_at=ago(QUIET), online_for=HOUR),
        Watching.WATCHING,
        "judged 41 seconds ago",
        ago(41 * SECOND),
    ),
    "not heard from, and its pictures could not be judged before": (
        replace(
            silent_for(QUIET), latest=capture(QUIET, failure="No key."), last_judged_at=ago(HOUR)
        ),
        Watching.NOT_WATCHING,
        "No key.",
        ago(HOUR - INTERVAL),
    ),
    "heard by its pictures alone": (
        replace(silent_for(HOUR), interval=HOUR, sends_heartbeats=False),
        Watching.WATCHING,
        "judged 60 minutes ago",
        ago(HOUR),
    ),
    "the clock is ahead": (
        replace(WATCHED, future_received_at=ago(20 * SECOND)),
        Watching.DEGRADED,
        "clock is more than a day ahead",
        ago(20 * SECOND),
    ),
    "the clock was ahead and is right again": (
        replace(WATCHED, future_received_at=ago(HOUR)),
        Watching.WATCHING,
        "judged 41 seconds ago",
        ago(41 * SECOND),
    ),
    "the clock is ahead from the first picture on": (
        replace(NEW, future_received_at=ago(20 * SECOND), first_received_at=ago(20 * SECOND)),
        Watching.DEGRADED,
        "clock is more than a day ahead",
        ago(20 * SECOND),
    ),
    "one picture could not be judged": (
        replace(
            WATCHED,
            latest=capture(SECOND, failure="The model did not answer."),
            last_judged_at=ago(INTERVAL),
        ),
        Watching.DEGRADED,
        "The last picture could not be judged: The model did not answer.",
        NOW,
    ),
    "nothing can be judged any more": (
        replace(
            WATCHED,
            latest=capture(SECOND, failure="The model did not answer."),
            last_judged_at=ago(HOUR),
        ),
        Watching.NOT_WATCHING,
        "could not be judged",
        ago(HOUR - INTERVAL),
    ),
    "nothing could ever be judged": (
        replace(WATCHED, latest=capture(SECOND, failure="No key."), last_judged_at=None),
        Watching.NOT_WATCHING,
        "No key.",
        ago(SECOND),
    ),
    "the first picture waits": (
        replace(NEW, latest=capture(SECOND), first_received_at=ago(SECOND)),
        Watching.DEGRADED,
        "Its first picture is being judged.",
        ago(SECOND),
    ),
    "pictures come, but none was judged since the first": (
        replace(NEW, latest=capture(SECOND), first_received_at=ago(HOUR)),
        Watching.NOT_WATCHING,
        "No picture was judged for 60 minutes",
        ago(HOUR),
    ),
    "judging is behind": (
        replace(WATCHED, latest=capture(SECOND), last_judged_at=ago(2 * INTERVAL)),
        Watching.DEGRADED,
        "No picture was judged for 10 minutes. Judging is behind",
        ago(INTERVAL),
    ),
    "judging has stopped": (
        replace(WATCHED, latest=capture(SECOND), last_judged_at=ago(3 * HOUR)),
        Watching.NOT_WATCHING,
        "No picture was judged for 3 hours",
        ago(3 * HOUR - INTERVAL),
    ),
    "old pictures arrive": (
        replace(WATCHED, latest=capture(41 * SECOND, taken=3 * HOUR)),
        Watching.DEGRADED,
        "The newest picture is from 3 hours ago. The camera is catching up",
        ago(41 * SECOND),
    ),
    "learning": (
        replace(WATCHED, learning=Learning(3, 8)),
        Watching.DEGRADED,
        "Learning 3 of 8.",
        ago(10 * DAY),
    ),
    "a model without words": (
        replace(WATCHED, lacks_description=True),
        Watching.DEGRADED,
        "Say in words what is normal",
        ago(10 * DAY),
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_truth_of_a_situation(situation: str) -> None:
    facts, state, reason, since = SITUATIONS[situation]
    truth = find_truth(facts, NOW)
    assert truth.state is state
    assert reason in truth.reason
    assert truth.since == since


@pytest.mark.parametrize("seconds", [0.5, 1, 7])
def test_a_short_interval_leaves_time_to_upload(seconds: float) -> None:
    interval = seconds * SECOND
    quick = replace(
        WATCHED,
        interval=interval,
        latest=capture(interval + 4 * SECOND),
        last_judged_at=ago(interval + 4 * SECOND),
    )
    assert find_truth(quick, NOW).state is Watching.WATCHING


def test_uploads_that_stop_while_heartbeats_go_on_show_within_two_intervals() -> None:
    truth = find_truth(silent_for(2 * INTERVAL, online=True), NOW)
    assert truth.state is Watching.DEGRADED


def test_no_state_begins_in_the_future() -> None:
    assert all(find_truth(facts, NOW).since <= NOW for facts, *_ in SITUATIONS.values())


@pytest.mark.parametrize(
    ("left_out", "state", "code"),
    [
        (LeftOut.SOME, Watching.DEGRADED, WatchReason.BUDGET_SAVING),
        (LeftOut.ALL, Watching.NOT_WATCHING, WatchReason.BUDGET_PAUSED),
    ],
)
def test_what_the_budget_leaves_out_is_no_failure_and_says_why(
    left_out: LeftOut, state: Watching, code: WatchReason
) -> None:
    latest = replace(capture(41 * SECOND, failure="The budget is used up."), left_out=left_out)
    truth = find_truth(replace(WATCHED, latest=latest), NOW)
    assert (truth.state, truth.code, truth.reason) == (state, code, "The budget is used up.")


def test_a_picture_is_fresh_until_the_next_one_is_overdue() -> None:
    assert WATCHED.fresh_until == ago(41 * SECOND) + INTERVAL + 0.75 * INTERVAL
    assert NEW.fresh_until is None
    evening = ordered(OFFICE, FRIDAY_EVENING)
    assert evening.fresh_until is not None
    assert evening.fresh_until > ago(-22 * HOUR), "nothing is due before Monday morning"
