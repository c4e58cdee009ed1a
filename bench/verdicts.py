"""Measures the baseline classifier on folders of labelled stills.

    python -m bench.verdicts FOLDER… [--json]

A folder holds `labels.csv` (file, captured_at, state, what), `camera.json` and the stills. Each is
played like a camera's first days: the operator marks the normal captures of the first quarter,
every later capture is judged in order, and what is clearly normal may refresh the memory, all by
the product's own code.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from time import perf_counter

import numpy as np

from cloud.captures.models import State
from cloud.evaluation.baseline.features import Features, extract
from cloud.evaluation.baseline.judgement import Judgement
from cloud.evaluation.baseline.memory import PatchMemory
from cloud.evaluation.baseline.references import MARKED_LIMIT, choose, count_room, refreshes


@dataclass(frozen=True)
class Label:
    """One row of labels.csv: a still and what a person saw on it."""

    file: str
    state: State
    what: str


@dataclass(frozen=True)
class Finding:
    """What the product made of one labelled still."""

    label: Label
    judgement: Judgement


@dataclass(frozen=True)
class Report:
    """The figures of one folder. `confusion` counts "label > verdict"; times are medians."""

    folder: str
    references: int
    captures: int
    auc: float
    false_alerts_per_100: float
    uncertain_per_100: float
    events: int
    events_missed: int
    abnormal_captures: int
    abnormal_missed: int
    abnormal_uncertain: int
    confusion: dict[str, int]
    wrong: list[str]
    judge_ms: float
    fit_ms: float


class Stopwatch:
    """Collects how long the steps of one kind took, in milliseconds."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __enter__(self) -> None:
        self._start = perf_counter()

    def __exit__(self, *_: object) -> None:
        self.times.append((perf_counter() - self._start) * 1000)

    def median(self) -> float:
        return float(np.median(self.times)) if self.times else 0.0


class Camera:
    """A camera's memory as the product keeps it: the operator's references, then our own."""

    def __init__(self, marked: Sequence[Features]) -> None:
        self.fitting, self.judging = Stopwatch(), Stopwatch()
        self._marked = [marked[index] for index in choose(marked, MARKED_LIMIT)]
        self._taken: list[Features] = []
        self._fit()

    def judge(self, jpeg: bytes) -> Judgement:
        with self.judging:
            features = extract(jpeg)
            judgement = self._memory.judge(features)
        if refreshes(judgement):
            taken = [*self._taken, features]
            room = count_room(len(self._marked))
            self._taken = [taken[index] for index in choose(taken, room)]
            self._fit()
        return judgement

    def _fit(self) -> None:
        with self.fitting:
            self._memory = PatchMemory.fit(self._marked, self._taken)


def measure(folder: Path) -> Report:
    """Play one folder and count."""
    labels = read_labels(folder)
    quarter = len(labels) // 4
    known = [label for label in labels[:quarter] if label.state is State.NORMAL]
    camera = Camera([extract((folder / label.file).read_bytes()) for label in known])
    findings = [
        Finding(label, camera.judge((folder / label.file).read_bytes()))
        for label in labels[quarter:]
    ]
    return report(folder.name, len(known), findings, camera)


def read_labels(folder: Path) -> list[Label]:
    """Read labels.csv, in the order of capture."""
    with (folder / "labels.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: float(row["captured_at"]))
    return [Label(row["file"], State(row["state"]), row["what"]) for row in rows]


def report(folder: str, references: int, findings: Sequence[Finding], camera: Camera) -> Report:
    """Count what was found against what is true."""
    normal = [finding for finding in findings if finding.label.state is State.NORMAL]
    abnormal = [finding for finding in findings if finding.label.state is State.ABNORMAL]
    events = split_events(findings)
    return Report(
        folder=folder,
        references=references,
        captures=len(findings),
        auc=measure_auc(
            [finding.judgement.anomaly for finding in normal],
            [finding.judgement.anomaly for finding in abnormal],
        ),
        false_alerts_per_100=100 * count(normal, State.ABNORMAL) / len(normal),
        uncertain_per_100=100 * count(findings, State.UNCERTAIN) / len(findings),
        events=len(events),
        events_missed=sum(not count(event, State.ABNORMAL) for event in events),
        abnormal_captures=len(abnormal),
        abnormal_missed=count(abnormal, State.NORMAL),
        abnormal_uncertain=count(abnormal, State.UNCERTAIN),
        confusion=dict(Counter(f"{one.label.state} > {one.judgement.state}" for one in findings)),
        wrong=[describe(one) for one in findings if one.label.state is not one.judgement.state],
        judge_ms=camera.judging.median(),
        fit_ms=camera.fitting.median(),
    )


def count(findings: Sequence[Finding], state: State) -> int:
    """Count the findings with this verdict."""
    return sum(finding.judgement.state is state for finding in findings)


def split_events(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Split out the unbroken runs of abnormal captures."""
    runs = groupby(findings, key=lambda finding: finding.label.state)
    return [list(run) for state, run in runs if state is State.ABNORMAL]


def measure_auc(normal: Sequence[float], abnormal: Sequence[float]) -> float:
    """How often an abnormal capture scores above a normal one (ties count half), 0..1."""
    apart = np.subtract.outer(np.asarray(abnormal), np.asarray(normal))
    return float(np.mean((apart > 0) + (apart == 0) / 2))


def describe(finding: Finding) -> str:
    """Name a still whose verdict is not its label."""
    label, judgement = finding.label, finding.judgement
    return (
        f"{label.file} {label.state} ({label.what}): {judgement.state} at {judgement.anomaly:.2f}"
    )


def print_table(reports: Sequence[Report]) -> None:
    """Print one line a folder, then the confusions and what went wrong."""
    print(
        f"{'set':18} {'AUC':>6} {'false/100':>9} {'unsure/100':>10} {'events missed':>13} "
        f"{'captures missed':>15} {'judge ms':>8} {'fit ms':>6}"
    )
    for one in reports:
        print(
            f"{one.folder:18} {one.auc:6.4f} {one.false_alerts_per_100:9.1f} "
            f"{one.uncertain_per_100:10.1f} {f'{one.events_missed} of {one.events}':>13} "
            f"{f'{one.abnormal_missed} of {one.abnormal_captures}':>15} "
            f"{one.judge_ms:8.0f} {one.fit_ms:6.0f}"
        )
    for one in reports:
        counts = ", ".join(f"{pair}: {number}" for pair, number in sorted(one.confusion.items()))
        print(f"\n{one.folder}, {one.references} references: {counts}")
        for line in one.wrong:
            print(f"  {line}")


def main() -> None:
    """Read the command line and measure every folder."""
    parser = argparse.ArgumentParser(prog="python -m bench.verdicts", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    arguments = parser.parse_args()
    reports = [measure(folder) for folder in arguments.folders]
    if arguments.json:
        json.dump([asdict(one) for one in reports], sys.stdout, indent=2)
    else:
        print_table(reports)


if __name__ == "__main__":
    main()
