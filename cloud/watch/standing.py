"""Whether what ails a camera is an incident: away, models that fail, pictures that show nothing.

A camera is away when it was not heard, or its pictures did not come, for as long as the operator
allows. The models fail when several verdicts in a row were missed and the last one by a model's
fault. The scene is unusable as soon as its newest judged picture shows nothing to judge. The budget
is used up as soon as its newest picture was left out for that. Each is over when the camera is
watching again, or only learning; that of the budget also when some pictures are judged again. And
all end, as what they are, when the camera is paused, when its interval is switched off and when the
trial is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloud.alerts.models import IncidentKind, ResolvedAs
from cloud.watch.facts import Facts
from cloud.watch.truth import Truth, Watching, WatchReason

AI_FAILING_AFTER = timedelta(minutes=10)

NOTHING_IS_EXPECTED = {
    WatchReason.PAUSED: ResolvedAs.PAUSED,
    WatchReason.INTERVAL_OFF: ResolvedAs.INTERVAL_OFF,
    WatchReason.TRIAL_ENDED: ResolvedAs.TRIAL_ENDED,
}
"""Where nobody is to mend anything, and as what it ends."""
WELL = frozenset(
    {
        WatchReason.JUDGED,
        WatchReason.LEARNING,
        WatchReason.UNDESCRIBED,
        WatchReason.OUTSIDE_HOURS,
    }
)
BUDGETED = frozenset({WatchReason.BUDGET_PAUSED, WatchReason.BUDGET_SAVING})
BACK = WELL | BUDGETED | {WatchReason.INTERVAL_OFF, WatchReason.SCENE_UNUSABLE}

STANDING = (
    IncidentKind.OFFLINE,
    IncidentKind.AI_FAILING,
    IncidentKind.SCENE_UNUSABLE,
    IncidentKind.BUDGET,
)


@dataclass(frozen=True)
class Finding:
    """Whether there is an incident of this kind; `since` when, or None where it is over."""

    kind: IncidentKind
    since: datetime | None
    outcome: ResolvedAs = ResolvedAs.RECOVERED


def find_standing(
    facts: Facts, truth: Truth, now: datetime, *, offline_after: timedelta | None
) -> list[Finding]:
    """What is surely so and what is surely over; of what is in between nothing is said."""
    outcome = _ended_as(facts, truth)
    if outcome is not None:
        return [Finding(kind, None, outcome) for kind in STANDING]
    found = []
    away_since = _away_since(facts, truth, now, offline_after)
    if away_since is not None:
        found.append(Finding(IncidentKind.OFFLINE, away_since))
    elif truth.code in BACK and not _is_unheard(facts, now, offline_after):
        found.append(Finding(IncidentKind.OFFLINE, None))
    failing_since = _failing_since(facts, truth, now)
    if failing_since is not None:
        found.append(Finding(IncidentKind.AI_FAILING, failing_since))
    elif truth.code in WELL or truth.code is WatchReason.SCENE_UNUSABLE:
        found.append(Finding(IncidentKind.AI_FAILING, None))
    if truth.code is WatchReason.SCENE_UNUSABLE:
        found.append(Finding(IncidentKind.SCENE_UNUSABLE, truth.since))
    elif truth.code in WELL:
        found.append(Finding(IncidentKind.SCENE_UNUSABLE, None))
    if truth.code is WatchReason.BUDGET_PAUSED:
        found.append(Finding(IncidentKind.BUDGET, truth.since))
    elif truth.code in WELL or truth.code in {
        WatchReason.BUDGET_SAVING,
        WatchReason.SCENE_UNUSABLE,
        WatchReason.AI_FAILING,
    }:
        found.append(Finding(IncidentKind.BUDGET, None))
    return found


def offline_moments(facts: Facts, offline_after: timedelta | None) -> Iterator[datetime]:
    """When a camera that says nothing more will have been away for too long."""
    if offline_after is None:
        return
    yield facts.may_be_quiet_until(offline_after)
    yield facts.pace.due_after(facts.silent_since) + offline_after


def _ended_as(facts: Facts, truth: Truth) -> ResolvedAs | None:
    """A camera that waits for its input is to be there although no picture is due."""
    if truth.code is WatchReason.INTERVAL_OFF and facts.takes_at_input:
        return None
    return NOTHING_IS_EXPECTED.get(truth.code)


def _away_since(
    facts: Facts, truth: Truth, now: datetime, offline_after: timedelta | None
) -> datetime | None:
    if offline_after is None or truth.code is WatchReason.NEVER_HEARD:
        return None
    if _is_unheard(facts, now, offline_after):
        return facts.quiet_since
    expected_at = facts.pace.due_after(facts.silent_since)
    if truth.code is WatchReason.SILENT and now - expected_at >= offline_after:
        return facts.silent_since
    return None


def _is_unheard(facts: Facts, now: datetime, offline_after: timedelta | None) -> bool:
    return offline_after is not None and facts.is_away(now, offline_after)


def _failing_since(facts: Facts, truth: Truth, now: datetime) -> datetime | None:
    if truth.code is not WatchReason.AI_FAILING or truth.state is not Watching.NOT_WATCHING:
        return None
    since = facts.unjudged_since
    return since if now - since >= AI_FAILING_AFTER else None
