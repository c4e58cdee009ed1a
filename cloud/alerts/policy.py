"""When an incident opens, what joins it and when it is over: pure decisions, no clock, no database.

The incidents of a camera are a function of its verdicts in the order in which the pictures were
taken. So a verdict that comes late is no special case: the verdicts around it are folded anew, and
what differs from the incidents so far is put right (`cloud.alerts.raising`).
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cloud.captures.models import State


@dataclass(frozen=True)
class Rule:
    """Open after so many abnormal of the last `of`; close after so many normal in a row."""

    open_after: int = 1
    of: int = 1
    close_after: int = 2
    on_uncertain: bool = False

    @classmethod
    def read(cls, alerting: Mapping[str, Any], *, on_uncertain: bool) -> "Rule":
        """From the `alerting` section of a config document; what it leaves out is the default."""
        known = {
            name: alerting[name] for name in ("open_after", "of", "close_after") if name in alerting
        }
        return cls(**known, on_uncertain=on_uncertain)

    def is_abnormal(self, state: State | None) -> bool | None:
        """How a verdict counts; None for one that neither opens nor closes."""
        match state:
            case State.NORMAL:
                return False
            case State.ABNORMAL:
                return True
            case State.UNCERTAIN if self.on_uncertain:
                return True
            case _:
                return None


@dataclass(frozen=True, order=True)
class Verdict:
    """A verdict that counts. `at` is when its picture was taken, as far as that can be believed."""

    at: datetime
    id: UUID
    abnormal: bool = field(compare=False)


@dataclass(frozen=True)
class Cut:
    """A resolution by hand: it ends the incident, whatever the verdicts before it say."""

    at: datetime
    incident_id: UUID
    members: frozenset[UUID]


@dataclass(frozen=True)
class Episode:
    """One stretch of not-normal: what an incident is made of.

    `carried` names the incident that was open before the first verdict; then `opened_at` is None.
    `closed_at` is None while it lasts. `cut_by` names the incident whose resolution ended it.
    """

    members: tuple[UUID, ...]
    opened_at: datetime | None
    closed_at: datetime | None
    normal_in_a_row: int
    carried: UUID | None = None
    cut_by: UUID | None = None


def fold(
    verdicts: Iterable[Verdict],
    rule: Rule,
    *,
    carried: UUID | None = None,
    cuts: Iterable[Cut] = (),
) -> list[Episode]:
    """The episodes of some verdicts, in order, whatever order the verdicts come in.

    `carried` is the incident that is open where the verdicts begin.
    """
    folding = _Folding(rule, carried)
    waiting = deque(sorted(cuts, key=lambda cut: cut.at))
    for verdict in sorted(verdicts):
        while waiting and waiting[0].at < verdict.at:
            folding.cut(waiting.popleft())
        folding.take(verdict)
    for cut in waiting:
        folding.cut(cut)
    return folding.finish()


class _Folding:
    """Where a fold stands: inside an episode, or watching the last few verdicts for one."""

    def __init__(self, rule: Rule, carried: UUID | None) -> None:
        self._rule = rule
        self._episodes: list[Episode] = []
        self._window: deque[Verdict] = deque(maxlen=max(rule.of, rule.open_after))
        self._members: list[UUID] = []
        self._carried = carried
        self._opened_at: datetime | None = None
        self._inside = carried is not None
        self._normal_in_a_row = 0

    def take(self, verdict: Verdict) -> None:
        if not self._inside:
            self._watch(verdict)
        elif verdict.abnormal:
            self._members.append(verdict.id)
            self._normal_in_a_row = 0
        else:
            self._normal_in_a_row += 1
            if self._normal_in_a_row >= self._rule.close_after:
                self._end(closed_at=verdict.at)

    def cut(self, cut: Cut) -> None:
        """End the episode if it is the one that was resolved."""
        concerned = self._carried == cut.incident_id or not cut.members.isdisjoint(self._members)
        if self._inside and concerned:
            self._end(closed_at=cut.at, cut_by=cut.incident_id)

    def finish(self) -> list[Episode]:
        if self._inside:
            self._end(closed_at=None)
        return self._episodes

    def _watch(self, verdict: Verdict) -> None:
        self._window.append(verdict)
        abnormal = [seen.id for seen in self._window if seen.abnormal]
        if len(abnormal) >= self._rule.open_after:
            self._inside = True
            self._opened_at = verdict.at
            self._members = abnormal

    def _end(self, *, closed_at: datetime | None, cut_by: UUID | None = None) -> None:
        self._episodes.append(
            Episode(
                members=tuple(self._members),
                opened_at=self._opened_at,
                closed_at=closed_at,
                normal_in_a_row=self._normal_in_a_row,
                carried=self._carried,
                cut_by=cut_by,
            )
        )
        self._inside = False
        self._carried = self._opened_at = None
        self._members = []
        self._normal_in_a_row = 0
        self._window.clear()


@dataclass(frozen=True)
class KnownIncident:
    """An incident as it stands, with those of its captures that are folded anew."""

    id: UUID
    resolved: bool
    opened_at: datetime
    members: frozenset[UUID]


def match_episodes(
    episodes: Iterable[Episode], known: Iterable[KnownIncident]
) -> list[tuple[Episode, UUID | None]]:
    """Which incident each episode is; None where it needs a new one.

    An incident that people already look at stays with its latest captures: where a late verdict
    splits it, the earlier part becomes an incident of its own; where one joins two, the open one
    takes all.
    """
    ordered = list(episodes)
    free = {incident.id: incident for incident in known}
    chosen: dict[int, UUID] = {}
    for place, episode in enumerate(ordered):
        if episode.carried is not None:
            chosen[place] = free.pop(episode.carried).id
    for place, episode in reversed(list(enumerate(ordered))):
        if place not in chosen:
            found = _best(episode, free.values())
            if found is not None:
                chosen[place] = free.pop(found).id
    return [(episode, chosen.get(place)) for place, episode in enumerate(ordered)]


def _best(episode: Episode, known: Iterable[KnownIncident]) -> UUID | None:
    candidates = [
        incident
        for incident in known
        if incident.id == episode.cut_by or not incident.members.isdisjoint(episode.members)
    ]
    if not candidates:
        return None
    return min(
        candidates,
        key=lambda incident: (
            incident.id != episode.cut_by,
            incident.resolved,
            incident.opened_at,
            incident.id,
        ),
    ).id
