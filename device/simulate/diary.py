"""What really happened to a simulated camera: kept beside it, through every power cut.

The camera itself knows less, as a real one does: an answer that is lost on the way stands here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from device.answers import Answer
from device.gaps import Gap
from device.kept import Kept
from device.wire import LossReason


@dataclass(frozen=True)
class Taken:
    """A picture as it went into the spool; `at` is in seconds since the start."""

    sha256: str
    trigger_id: str | None
    at: float


@dataclass(frozen=True)
class Connection:
    """A command stream that opened. `took` are seconds since it was missed and possible."""

    at: float
    took: float


@dataclass
class Diary:
    """One camera's. Times are seconds since the start of the run, latencies are seconds."""

    taken: dict[int, Taken] = field(default_factory=dict)
    records: dict[int, set[str]] = field(default_factory=dict)
    """The ids that the cloud named for each number, heard by the camera or not."""

    lost: dict[int, LossReason] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    uploads: list[float] = field(default_factory=list)
    """How long each upload took that was answered with a record."""

    settled: dict[int, float] = field(default_factory=dict)
    """How long each acknowledged picture took from the shutter to the acknowledgement."""

    connections: list[Connection] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)
    """When the stream ended through no fault of the plan's."""

    heard: dict[str, float] = field(default_factory=dict)
    """When the command of each trigger first came."""

    told: dict[str, str] = field(default_factory=dict)
    """What was last told of each command, by its id, and heard by the cloud."""

    cuts: int = 0
    beats: int = 0
    beats_failed: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    """How often uploads were answered with what: a status, or the sort of silence."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits in the spool."""
        return self.taken.keys() <= self.settled.keys() | self.refused.keys() | self.lost.keys()

    def note_taken(self, kept: Kept, at: float) -> None:
        entry = kept.entry
        self.taken[kept.sequence] = Taken(entry.sha256, entry.trigger_id, at)

    def note_lost(self, gaps: Iterable[Gap]) -> None:
        """Take down what the spool says it has lost; it forgets what it has told the cloud."""
        for gap in gaps:
            self.lost |= dict.fromkeys(range(gap.first, gap.last + 1), gap.why)

    def note_answer(self, sequence: int, answer: Answer, seconds: float) -> None:
        self.count(str(answer.status))
        record_id = answer.object().get("record_id")
        if answer.status in (200, 201) and isinstance(record_id, str):
            self.records.setdefault(sequence, set()).add(record_id)
            self.uploads.append(seconds)

    def count(self, status: str) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
