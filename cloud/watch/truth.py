"""Whether a camera is really being watched: a decision from what is known and the time.

A heartbeat proves only that the camera's computer runs. So this asks what an operator would: did a
picture come when one was due, and was it judged? Every answer has a reason that says the next step,
and since when it has been so. The rules stand in the order in which they count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloud.watch.facts import Facts, LeftOut
from cloud.watch.spans import in_words

JUDGING_MAY_TAKE = timedelta(seconds=45)
JUDGING_IS_STUCK_AFTER = timedelta(minutes=5)

AWAY_AFTER = timedelta(minutes=15)
"""Without a word, and beyond what its heartbeats allow, nobody can say that it is there."""


class WatchReason(StrEnum):
    """Why a camera is or is not being watched, for machines."""

    JUDGED = "judged"
    PAUSED = "paused"
    RESUMED = "resumed"
    TRIAL_ENDED = "trial_ended"
    NEVER_HEARD = "never_heard"
    NO_PICTURE_YET = "no_picture_yet"
    INTERVAL_OFF = "interval_off"
    SILENT = "silent"
    UNHEARD = "unheard"
    CLOCK_AHEAD = "clock_ahead"
    AI_FAILING = "ai_failing"
    JUDGING_FAILED = "judging_failed"
    JUDGING_BEHIND = "judging_behind"
    SCENE_UNUSABLE = "scene_unusable"
    CATCHING_UP = "catching_up"
    LEARNING = "learning"
    UNDESCRIBED = "undescribed"
    OUTSIDE_HOURS = "outside_hours"
    BUDGET_PAUSED = "budget_paused"
    BUDGET_SAVING = "budget_saving"


class Watching(StrEnum):
    """Whether a camera is really being watched."""

    WATCHING = "watching"
    DEGRADED = "degraded"
    NOT_WATCHING = "not_watching"


@dataclass(frozen=True)
class Truth:
    """The answer. `since` is when it began to be so, as far as is known."""

    state: Watching
    code: WatchReason
    reason: str
    since: datetime


def find_truth(facts: Facts, now: datetime) -> Truth:
    """Whether the camera is being watched, and if not, what to do."""
    for rule in RULES:
        truth = rule(facts, now)
        if truth is not None:
            return truth
    judged_at = facts.last_judged_at or facts.activated_at
    return Truth(
        Watching.WATCHING,
        WatchReason.JUDGED,
        f"The last picture was judged {in_words(now - judged_at)} ago.",
        judged_at,
    )


def _paused(facts: Facts, _now: datetime) -> Truth | None:
    if facts.paused_since is None:
        return None
    return Truth(
        Watching.NOT_WATCHING,
        WatchReason.PAUSED,
        "Paused. Resume it to have it watched.",
        facts.paused_since,
    )


def _trial_ended(facts: Facts, now: datetime) -> Truth | None:
    if now < facts.trial_ends_at:
        return None
    return Truth(
        Watching.NOT_WATCHING,
        WatchReason.TRIAL_ENDED,
        "The trial has ended: pictures are kept but not judged. An activation code extends it.",
        facts.trial_ends_at,
    )


def _nothing_yet(facts: Facts, now: datetime) -> Truth | None:
    if facts.latest is not None or facts.future_received_at is not None:
        return None
    code = WatchReason.NO_PICTURE_YET
    if facts.last_heard_at is None:
        code = WatchReason.NEVER_HEARD
        reason = "Never heard from. Run its setup command at the camera."
    elif not facts.is_online(now):
        ago = in_words(now - facts.last_heard_at)
        reason = f"No picture yet, and last heard from {ago} ago. Is the camera plugged in?"
    elif facts.expects_pictures:
        due = in_words(facts.pace.due_after(now) - now)
        reason = f"Connected; its first picture is due within {due}."
    else:
        reason = "Connected, but its interval is switched off. Switch it on in its settings."
    return Truth(Watching.NOT_WATCHING, code, reason, facts.activated_at)


def _switched_off(facts: Facts, _now: datetime) -> Truth | None:
    if facts.expects_pictures:
        return None
    since = facts.latest.received_at if facts.latest else facts.activated_at
    return Truth(
        Watching.NOT_WATCHING,
        WatchReason.INTERVAL_OFF,
        "Its interval is switched off, so no picture is due. Switch it on in its settings.",
        since,
    )


def _clock_ahead(facts: Facts, _now: datetime) -> Truth | None:
    received_at = facts.future_received_at
    if received_at is None or (facts.latest and facts.latest.received_at >= received_at):
        return None
    return Truth(
        Watching.DEGRADED,
        WatchReason.CLOCK_AHEAD,
        "The camera's clock is more than a day ahead. Set it, or let it use a time server.",
        received_at,
    )


def _silent(facts: Facts, now: datetime) -> Truth | None:
    last = facts.silent_since
    if now <= facts.pace.late_at(last):
        return None
    is_gone = now > facts.pace.gone_at(last) or facts.is_away(now, AWAY_AFTER)
    state = Watching.NOT_WATCHING if is_gone else Watching.DEGRADED
    reason = f"No picture for {in_words(now - last)}. {_step_for_silent(facts, now)}"
    return Truth(state, WatchReason.SILENT, reason, facts.pace.due_after(last))


def _step_for_silent(facts: Facts, now: datetime) -> str:
    if not facts.is_online(now):
        return "Is the camera plugged in?"
    if facts.camera_trouble is not None:
        return f"Its computer says: {facts.camera_trouble}"
    return "Its computer is connected, so look at the camera itself and its cable."


def _away(facts: Facts, now: datetime) -> Truth | None:
    """No picture is due yet, but it does not even say that it is there."""
    if not facts.is_away(now, AWAY_AFTER):
        return None
    return _say_unheard(facts, now, Watching.NOT_WATCHING)


def _resumed(facts: Facts, now: datetime) -> Truth | None:
    """Its pictures stopped for a pause, and the first one after it is not late."""
    last, resumed_at = facts.last_received_at, facts.silent_since
    if last == resumed_at or now <= facts.pace.late_at(last):
        return None
    if facts.last_heard_at is not None and not facts.is_online(now):
        ago = in_words(now - facts.last_heard_at)
        reason = f"Resumed, but last heard from {ago} ago. Is the camera plugged in?"
    else:
        due = in_words(facts.pace.due_after(resumed_at) - now)
        reason = f"Resumed; its next picture is due within {due}."
    return Truth(Watching.NOT_WATCHING, WatchReason.RESUMED, reason, resumed_at)


def _behind(facts: Facts, now: datetime) -> Truth | None:
    """Pictures come, but old ones: the spool is catching up, or the clock is behind."""
    latest = facts.latest
    if latest is None or now <= facts.pace.gone_at(latest.captured_at):
        return None
    return Truth(
        Watching.DEGRADED,
        WatchReason.CATCHING_UP,
        f"The newest picture is from {in_words(now - latest.captured_at)} ago. "
        "The camera is catching up, or its clock is wrong.",
        latest.received_at,
    )


def _left_out(facts: Facts, _now: datetime) -> Truth | None:
    """Deliberately not judged: no failure, and not watching all the same where all are left out."""
    latest = facts.latest
    if latest is None or latest.left_out is None:
        return None
    is_paused = latest.left_out is LeftOut.ALL
    return Truth(
        Watching.NOT_WATCHING if is_paused else Watching.DEGRADED,
        WatchReason.BUDGET_PAUSED if is_paused else WatchReason.BUDGET_SAVING,
        latest.failure or "This month's budget is reached.",
        latest.received_at,
    )


def _failing(facts: Facts, now: datetime) -> Truth | None:
    latest = facts.latest
    if latest is None or latest.failure is None:
        return None
    judged_at = facts.last_judged_at
    what = "AI failing:" if latest.failed_at_ai else "The last picture could not be judged:"
    is_judged_lately = judged_at is not None and now <= facts.pace.gone_at(judged_at)
    return Truth(
        Watching.DEGRADED if is_judged_lately else Watching.NOT_WATCHING,
        WatchReason.AI_FAILING if latest.failed_at_ai else WatchReason.JUDGING_FAILED,
        f"{what} {latest.failure}",
        min(now, facts.pace.due_after(facts.unjudged_since)) if judged_at else latest.received_at,
    )


def _judging_behind(facts: Facts, now: datetime) -> Truth | None:
    judged_at, begin = facts.last_judged_at, facts.unjudged_since
    if judged_at is not None and now <= facts.pace.late_at(judged_at) + JUDGING_MAY_TAKE:
        return None
    is_stuck = now > facts.pace.gone_at(begin) + JUDGING_IS_STUCK_AFTER
    is_first = judged_at != begin
    if is_first and not is_stuck:
        reason = "Its first picture is being judged."
    else:
        reason = (
            f"No picture was judged for {in_words(now - begin)}. Judging is behind; none is lost."
        )
    return Truth(
        Watching.NOT_WATCHING if is_stuck else Watching.DEGRADED,
        WatchReason.JUDGING_BEHIND,
        reason,
        begin if is_first else facts.pace.due_after(begin),
    )


def _unusable(facts: Facts, _now: datetime) -> Truth | None:
    if facts.unusable is None or facts.last_judged_at is None:
        return None
    return Truth(
        Watching.NOT_WATCHING, WatchReason.SCENE_UNUSABLE, facts.unusable, facts.last_judged_at
    )


def _resting(facts: Facts, now: datetime) -> Truth | None:
    """As ordered; but nobody could say that it is being watched now."""
    if not facts.pace.is_resting(now):
        return None
    due = in_words(facts.pace.due_after(now) - now)
    return Truth(
        Watching.NOT_WATCHING,
        WatchReason.OUTSIDE_HOURS,
        f"Outside its active hours. The next picture is due in {due}.",
        facts.last_received_at,
    )


def _unheard(facts: Facts, now: datetime) -> Truth | None:
    if not facts.is_away(now, facts.online_for):
        return None
    return _say_unheard(facts, now, Watching.DEGRADED)


def _say_unheard(facts: Facts, now: datetime, state: Watching) -> Truth:
    heard_at = facts.last_heard_at or facts.activated_at
    reason = f"Last heard from {in_words(now - heard_at)} ago. Is the camera plugged in?"
    return Truth(state, WatchReason.UNHEARD, reason, facts.quiet_since or heard_at)


def _learning(facts: Facts, _now: datetime) -> Truth | None:
    learning = facts.learning
    if learning is None or learning.have >= learning.need:
        return None
    return Truth(
        Watching.DEGRADED,
        WatchReason.LEARNING,
        f"Learning {learning.have} of {learning.need}. Say of its pictures which are normal.",
        facts.activated_at,
    )


def _undescribed(facts: Facts, _now: datetime) -> Truth | None:
    if not facts.lacks_description:
        return None
    return Truth(
        Watching.DEGRADED,
        WatchReason.UNDESCRIBED,
        "No normal description. Say in words what is normal.",
        facts.activated_at,
    )


RULES: tuple[Callable[[Facts, datetime], Truth | None], ...] = (
    _paused,
    _trial_ended,
    _nothing_yet,
    _switched_off,
    _silent,
    _away,
    _resumed,
    _clock_ahead,
    _left_out,
    _failing,
    _judging_behind,
    _behind,
    _unusable,
    _resting,
    _unheard,
    _learning,
    _undescribed,
)
