"""When a camera is looked at again, and what is an incident: pure decisions, by table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloud.alerts.models import IncidentKind, ResolvedAs
from cloud.watch.facts import Facts, Learning
from cloud.watch.moments import AT_LEAST_EVERY, AT_LEAST_EVERY_WHERE_AMISS, BEYOND, next_look
from cloud.watch.standing import STANDING, Finding, find_standing
from cloud.watch.truth import find_truth
from tests.watch.test_truth import (
    DAY,
    HOUR,
    INTERVAL,
    MINUTE,
    NEW,
    NOW,
    SECOND,
    SITUATIONS,
    WATCHED,
    ago,
    capture,
    resumed,
    silent_for,
)

ALLOWED = 15 * MINUTE
OFFLINE, AI_FAILING = IncidentKind.OFFLINE, IncidentKind.AI_FAILING
UNUSABLE = IncidentKind.SCENE_UNUSABLE
ALL_OVER = [Finding(OFFLINE, None), Finding(AI_FAILING, None), Finding(UNUSABLE, None)]


def look_after(facts: Facts, offline_after: timedelta | None = ALLOWED) -> timedelta:
    truth = find_truth(facts, NOW)
    return next_look(facts, truth, NOW, offline_after=offline_after) - NOW - BEYOND


def failing_for(age: timedelta) -> Facts:
    failed = replace(capture(SECOND, failure="No answer."), failed_at_ai=True)
    return replace(WATCHED, latest=failed, last_judged_at=ago(age))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_next_look_is_to_come_and_not_far(situation: str) -> None:
    facts, *_ = SITUATIONS[situation]
    assert timedelta() <= look_after(facts) <= AT_LEAST_EVERY


@pytest.mark.parametrize("situation", SITUATIONS)
def test_time_alone_changes_nothing_before_the_next_look(situation: str) -> None:
    facts, *_ = SITUATIONS[situation]
    before = NOW + look_after(facts)
    now, then = find_truth(facts, NOW), find_truth(facts, before)
    assert (then.state, then.code) == (now.state, now.code)


def test_a_watched_camera_is_looked_at_when_its_picture_would_be_late() -> None:
    assert look_after(replace(WATCHED, online_for=HOUR)) == 1.75 * INTERVAL - 41 * SECOND


def test_a_camera_that_is_amiss_is_looked_at_every_minute_at_least() -> None:
    assert look_after(silent_for(2 * DAY)) == AT_LEAST_EVERY_WHERE_AMISS


def test_the_end_of_what_is_allowed_is_a_moment() -> None:
    slow = replace(WATCHED, interval=HOUR, last_heard_at=ago(14.5 * MINUTE))
    assert look_after(slow, 15 * MINUTE) == 0.5 * MINUTE
    later = replace(slow, last_heard_at=ago(19.5 * MINUTE))
    assert look_after(later, 20 * MINUTE) == 0.5 * MINUTE
    assert look_after(later, None) == AT_LEAST_EVERY_WHERE_AMISS


def test_a_camera_is_looked_at_when_it_counts_as_unheard() -> None:
    quiet = replace(WATCHED, interval=HOUR, last_heard_at=ago(2 * MINUTE))
    assert look_after(quiet) == MINUTE


WITHIN_BUDGET = Finding(IncidentKind.BUDGET, None)
"""Of a camera that no budget holds back, that is surely so."""


def ended(outcome: ResolvedAs) -> list[Finding]:
    return [Finding(kind, None, outcome) for kind in STANDING]


def find(facts: Facts, offline_after: timedelta | None) -> list[Finding]:
    return find_standing(facts, find_truth(facts, NOW), NOW, offline_after=offline_after)


@pytest.mark.parametrize(
    ("facts", "offline_after", "findings"),
    [
        (WATCHED, ALLOWED, ALL_OVER),
        (WATCHED, None, ALL_OVER),
        (replace(WATCHED, learning=Learning(3, 8)), ALLOWED, ALL_OVER),
        (silent_for(14 * MINUTE), ALLOWED, []),
        (silent_for(16 * MINUTE), ALLOWED, [Finding(OFFLINE, ago(16 * MINUTE))]),
        (silent_for(DAY), None, []),
        (silent_for(19 * MINUTE, online=True), ALLOWED, []),
        (silent_for(20 * MINUTE, online=True), ALLOWED, [Finding(OFFLINE, ago(20 * MINUTE))]),
        (
            replace(WATCHED, interval=HOUR, last_heard_at=ago(20 * MINUTE)),
            ALLOWED,
            [Finding(OFFLINE, ago(20 * MINUTE))],
        ),
        (replace(WATCHED, last_heard_at=ago(MINUTE)), MINUTE, ALL_OVER),
        (
            replace(silent_for(70 * MINUTE), interval=HOUR, sends_heartbeats=False),
            ALLOWED,
            ALL_OVER,
        ),
        (
            replace(silent_for(3 * HOUR), interval=HOUR, sends_heartbeats=False),
            ALLOWED,
            [Finding(OFFLINE, ago(3 * HOUR))],
        ),
        (replace(silent_for(DAY), paused_since=ago(HOUR)), ALLOWED, ended(ResolvedAs.PAUSED)),
        (replace(silent_for(DAY), trial_ends_at=ago(HOUR)), None, ended(ResolvedAs.TRIAL_ENDED)),
        (resumed(ago(MINUTE)), ALLOWED, []),
        (resumed(ago(14 * MINUTE), last_heard_at=ago(DAY)), ALLOWED, []),
        (
            resumed(ago(16 * MINUTE), last_heard_at=ago(DAY)),
            ALLOWED,
            [Finding(OFFLINE, ago(16 * MINUTE))],
        ),
        (resumed(ago(20 * MINUTE)), ALLOWED, [Finding(OFFLINE, ago(20 * MINUTE))]),
        (resumed(ago(INTERVAL), latest=failing_for(DAY).latest), ALLOWED, []),
        (replace(NEW, last_heard_at=None), ALLOWED, []),
        (
            replace(silent_for(DAY), takes_by_itself=False),
            ALLOWED,
            ended(ResolvedAs.INTERVAL_OFF),
        ),
        (
            replace(WATCHED, takes_by_itself=False, takes_at_input=True),
            ALLOWED,
            [Finding(OFFLINE, None)],
        ),
        (
            replace(silent_for(DAY), takes_by_itself=False, takes_at_input=True),
            ALLOWED,
            [Finding(OFFLINE, ago(DAY))],
        ),
        (failing_for(INTERVAL), ALLOWED, []),
        (failing_for(HOUR), ALLOWED, [Finding(AI_FAILING, ago(HOUR))]),
        (
            replace(WATCHED, unusable="It is blurred."),
            ALLOWED,
            [*ALL_OVER[:2], Finding(UNUSABLE, WATCHED.last_judged_at)],
        ),
    ],
)
def test_what_is_an_incident_and_what_is_over(
    facts: Facts, offline_after: timedelta | None, findings: list[Finding]
) -> None:
    assert [each for each in find(facts, offline_after) if each != WITHIN_BUDGET] == findings


def test_a_failing_model_on_quick_pictures_is_no_incident_at_once() -> None:
    quick = replace(failing_for(9 * MINUTE), interval=10 * SECOND)
    assert find(quick, ALLOWED) == [WITHIN_BUDGET]
