"""What a replay tells, in numbers: pure counting of verdicts before and after."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cloud.alerts.policy import Rule, Verdict, fold
from cloud.captures.models import DispositionVerdict, State

SHORTEST_SPAN = timedelta(hours=1)
"""Less says nothing of a day."""

Matrix = dict[str, dict[str, int]]
"""How many pictures went from a state (outer) to a state (inner)."""


@dataclass(frozen=True)
class Replayed:
    """One picture: its verdict on record, and that of the version; None where there is none."""

    capture_id: UUID
    taken_at: datetime
    is_recent: bool
    known: DispositionVerdict | None
    before: State | None
    after: State | None


@dataclass(frozen=True)
class Alarms:
    """Of `total` pictures whose truth an operator has said, how many were and would be alarms."""

    total: int
    before: int
    after: int


@dataclass(frozen=True)
class Known:
    """On pictures called abnormal alarms are hits, on those called normal they are false."""

    abnormal: Alarms
    normal: Alarms

    @property
    def loses_recall(self) -> bool:
        """Whether the version catches fewer of the pictures that were called abnormal."""
        return self.abnormal.after < self.abnormal.before


@dataclass(frozen=True)
class Prediction:
    """Incidents a day, as the verdicts of `days` days would have opened them."""

    days: float
    before: float
    after: float


def count_matrix(replayed: Iterable[Replayed]) -> Matrix:
    """Every pair of states, those that did not occur too. Pictures without both are left out."""
    pairs = Counter((one.before, one.after) for one in replayed)
    return {old.value: {new.value: pairs[old, new] for new in State} for old in State}


def count_known(replayed: Sequence[Replayed], rule: Rule) -> Known:
    """How the known pictures fare. One that could not be judged is no alarm."""

    def count(said: DispositionVerdict) -> Alarms:
        those = [one for one in replayed if one.known == said]
        return Alarms(
            total=len(those),
            before=sum(rule.is_abnormal(one.before) is True for one in those),
            after=sum(rule.is_abnormal(one.after) is True for one in those),
        )

    return Known(count(DispositionVerdict.ABNORMAL), count(DispositionVerdict.NORMAL))


def predict_incidents(replayed: Iterable[Replayed], rule: Rule) -> Prediction | None:
    """Incidents a day before and after, by the rule that opens them; None for too short a time."""
    row = [one for one in replayed if one.is_recent]
    if not row:
        return None
    times = [one.taken_at for one in row]
    span = max(times) - min(times)
    if span < SHORTEST_SPAN:
        return None
    days = span / timedelta(days=1)
    before = _count_incidents(row, rule, lambda one: one.before) / days
    after = _count_incidents(row, rule, lambda one: one.after) / days
    return Prediction(days, before, after)


def _count_incidents(
    row: Iterable[Replayed], rule: Rule, state_of: Callable[[Replayed], State | None]
) -> int:
    counting = ((one, rule.is_abnormal(state_of(one))) for one in row)
    verdicts = [
        Verdict(one.taken_at, one.capture_id, abnormal)
        for one, abnormal in counting
        if abnormal is not None
    ]
    return len(fold(verdicts, rule))
