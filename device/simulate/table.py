"""The readable end of a run: what became of the pictures, and how long things took."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from device.simulate.books import End
from device.simulate.fleet import Outcome

LONGEST_LIST = 10


@dataclass(frozen=True)
class Latencies:
    """Seconds; how many they stand for, and the worst of them."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float


def measure(seconds: Iterable[float]) -> Latencies | None:
    """By nearest rank; None where nothing was measured."""
    ordered = sorted(seconds)
    if not ordered:
        return None

    def at(share: float) -> float:
        return ordered[ceil(share * len(ordered)) - 1]

    return Latencies(len(ordered), at(0.5), at(0.95), at(0.99), ordered[-1])


def measure_all(outcome: Outcome) -> Mapping[str, Latencies | None]:
    """Each thing that was timed, by the words of the table."""
    diaries = outcome.diaries
    return {
        "upload, one attempt": measure(took for one in diaries for took in one.uploads),
        "taken to acknowledged": measure(took for one in diaries for took in one.settled.values()),
        "received to judged": measure(_judging(outcome)),
        "asked to heard": measure(command_latencies(outcome)),
        "stream missed to back": measure(
            connection.took for one in diaries for connection in one.connections
        ),
    }


def command_latencies(outcome: Outcome) -> list[float]:
    """From the operator's asking to the camera's hearing, where the camera was listening."""
    heard = [
        (one.at, outcome.diaries[one.camera].heard.get(one.trigger_id))
        for one in outcome.askings
        if one.connected
    ]
    return [at - asked for asked, at in heard if at is not None]


def lines_of(outcome: Outcome) -> Iterator[str]:
    """The table, line by line."""
    books, diaries = outcome.books, outcome.diaries
    yield f"{len(diaries)} cameras, {outcome.seconds:.0f} seconds, {books.taken} pictures taken"
    for end in End:
        yield f"  {end:10} {books.count(end):7}"
        for fate, times in sorted(books.ends.items(), key=lambda pair: -pair[1]):
            if fate.end is end:
                yield f"    {times:7}  {fate.why}"
    yield ""
    yield f"  {'seconds':24}{'n':>7}{'p50':>9}{'p95':>9}{'p99':>9}{'worst':>9}"
    for words, one in measure_all(outcome).items():
        if one is not None:
            figures = "".join(f"{x:9.3f}" for x in (one.p50, one.p95, one.p99, one.worst))
            yield f"  {words:24}{one.count:7}{figures}"
    yield ""
    statuses = sum((Counter(one.statuses) for one in diaries), Counter())
    yield f"  uploads answered: {_listed(statuses)}"
    beats, failed = sum(one.beats for one in diaries), sum(one.beats_failed for one in diaries)
    yield f"  heartbeats: {beats} heard, {failed} not"
    yield f"  power cuts: {sum(one.cuts for one in diaries)}"
    if outcome.askings or outcome.askings_refused:
        yield f"  asked for: {len(outcome.askings)}, refused {outcome.askings_refused}"
    yield from _verdict(books.strange, balance=books.balance)


def _judging(outcome: Outcome) -> Iterator[float]:
    for capture in outcome.captures:
        received, judged = capture.get("received_at"), capture.get("evaluated_at")
        if isinstance(received, str) and isinstance(judged, str):
            took = datetime.fromisoformat(judged) - datetime.fromisoformat(received)
            yield took.total_seconds()


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {times}" for name, times in sorted(counts.items()))


def _verdict(strange: Sequence[str], *, balance: bool) -> Iterator[str]:
    for what in strange[:LONGEST_LIST]:
        yield f"  STRANGE: {what}"
    yield "the books balance" if balance else "THE BOOKS DO NOT BALANCE"
