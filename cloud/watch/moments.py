"""When a camera must be looked at again: the next moment at which time alone may change the truth.

What people and cameras do asks for a look by itself (`cloud.devices.looking`). Silence does not, so
for it there are these moments, and beyond them a look now and then, lest anything was forgotten.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cloud.watch.facts import Facts
from cloud.watch.standing import AI_FAILING_AFTER, offline_moments
from cloud.watch.truth import (
    AWAY_AFTER,
    JUDGING_IS_STUCK_AFTER,
    JUDGING_MAY_TAKE,
    Truth,
    Watching,
)

AT_LEAST_EVERY = timedelta(minutes=10)
AT_LEAST_EVERY_WHERE_AMISS = timedelta(minutes=1)

BEYOND = timedelta(milliseconds=50)
"""A rule holds up to its moment; the look must come after."""


def next_look(
    facts: Facts, truth: Truth, now: datetime, *, offline_after: timedelta | None
) -> datetime:
    """The first of those moments that is still to come."""
    is_watching = truth.state is Watching.WATCHING
    latest = now + (AT_LEAST_EVERY if is_watching else AT_LEAST_EVERY_WHERE_AMISS)
    moments = [*_moments(facts, now), *offline_moments(facts, offline_after)]
    return min([latest, *(moment for moment in moments if moment >= now)]) + BEYOND


def _moments(facts: Facts, now: datetime) -> Iterator[datetime]:
    yield facts.trial_ends_at
    yield facts.pace.next_edge(now)
    yield facts.may_be_quiet_until(facts.online_for)
    yield facts.may_be_quiet_until(AWAY_AFTER)
    pace = facts.pace
    yield pace.late_at(facts.last_received_at)
    yield pace.late_at(facts.silent_since)
    yield pace.gone_at(facts.silent_since)
    if facts.latest is not None:
        yield pace.gone_at(facts.latest.captured_at)
    if facts.last_judged_at is not None:
        yield pace.late_at(facts.last_judged_at) + JUDGING_MAY_TAKE
        yield pace.gone_at(facts.last_judged_at)
    yield pace.gone_at(facts.unjudged_since) + JUDGING_IS_STUCK_AFTER
    yield facts.unjudged_since + AI_FAILING_AFTER
