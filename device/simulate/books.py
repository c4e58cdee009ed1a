"""The books at the end: every number that a camera gave to a picture has come to a stated end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from device.simulate.diary import Diary, Taken

Document = Mapping[str, object]
"""A capture as the cloud shows it."""


class End(StrEnum):
    """How it ended. `OPEN` is none: the books do not balance while there is one."""

    JUDGED = "judged"
    FAILED = "failed"
    LOST = "lost"
    OPEN = "open"


@dataclass(frozen=True)
class Fate:
    """What became of one picture; `why` is the verdict, the failure's code or a sentence."""

    end: End
    why: str


def decide_fate(
    taken: Taken, diary: Diary, sequence: int, captures: Mapping[str, Document | None]
) -> Fate:
    """The fate of one number. `captures` holds what the cloud shows by record id, None for 404."""
    named = diary.records.get(sequence, set())
    if len(named) > 1:
        return Fate(End.OPEN, "the cloud took it in more than once")
    if named and named <= captures.keys():
        return _judge_capture(taken, sequence, captures[next(iter(named))])
    if sequence in diary.refused:
        return Fate(End.LOST, f"refused: {diary.refused[sequence]}")
    if sequence in diary.lost:
        return Fate(End.LOST, f"dropped: {diary.lost[sequence]}")
    unasked = "acknowledged, but the cloud could not be asked for it"
    return Fate(End.OPEN, unasked if named else "never acknowledged")


def _judge_capture(taken: Taken, sequence: int, capture: Document | None) -> Fate:
    if capture is None:
        return Fate(End.OPEN, "acknowledged, but the cloud does not have it")
    if (capture.get("sha256"), capture.get("sequence")) != (taken.sha256, sequence):
        return Fate(End.OPEN, "the cloud has another picture in its place")
    state, failure = capture.get("state"), capture.get("failure")
    match capture.get("evaluation_status"):
        case "completed" if isinstance(state, str):
            return Fate(End.JUDGED, state)
        case "failed" if isinstance(failure, Mapping):
            return Fate(End.FAILED, str(failure.get("code")))
    return Fate(End.OPEN, f"not judged: {capture.get('evaluation_status')}")


@dataclass(frozen=True)
class Books:
    """How often what happened, over all cameras; `strange` names what must not be."""

    taken: int
    ends: Mapping[Fate, int]
    strange: tuple[str, ...]

    @property
    def balance(self) -> bool:
        """Whether every number has its end, and nothing strange was found."""
        return not self.strange and not self.count(End.OPEN)

    def count(self, end: End) -> int:
        return sum(times for fate, times in self.ends.items() if fate.end is end)


def close_books(
    diaries: Iterable[tuple[str, Diary]],
    captures: Mapping[str, Document | None],
    unheard: Iterable[str],
) -> Books:
    """`diaries` come with the cameras' ids; `unheard` are triggers that never reached theirs."""
    ends: Counter[Fate] = Counter()
    strange = [f"the command of trigger {trigger_id} never came" for trigger_id in unheard]
    for device_id, diary in diaries:
        for sequence, taken in diary.taken.items():
            ends[decide_fate(taken, diary, sequence, captures)] += 1
        strange += [f"{device_id}: {what}" for what in _strange_things(diary)]
    return Books(ends.total(), ends, tuple(strange))


def _strange_things(diary: Diary) -> list[str]:
    found = []
    if diary.taken.keys() != set(range(1, len(diary.taken) + 1)):
        found.append("the sequence numbers have holes")
    triggers = Counter(one.trigger_id for one in diary.taken.values() if one.trigger_id)
    found += [f"two pictures for trigger {name}" for name, times in triggers.items() if times > 1]
    return found
