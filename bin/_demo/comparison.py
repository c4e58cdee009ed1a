"""How the verdicts of a played folder compare with its labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from bench.verdicts import Label

VERDICTS = ("normal", "abnormal", "uncertain", "failed")


def compare(labels: Sequence[Label], verdicts: Mapping[str, str | None], learned: int) -> list[str]:
    """The comparison in lines: a confusion table, events missed, false alerts.

    `verdicts` maps a file to what became of it. Of the first `learned` stills the normal ones were
    called normal by the operator, so they are not counted.
    """
    judged = [(label, verdicts.get(label.file) or "missing") for label in labels[learned:]]
    table = Counter((str(label.state), verdict) for label, verdict in judged)
    lines = [f"{'label':10}" + "".join(f"{verdict:>11}" for verdict in VERDICTS)]
    for state in ("normal", "abnormal"):
        counts = "".join(f"{table[state, verdict]:>11}" for verdict in VERDICTS)
        lines.append(f"{state:10}{counts}")
    normal = sum(str(label.state) == "normal" for label, _ in judged)
    false = table["normal", "abnormal"]
    rate = 100 * false / max(1, normal)
    missed, events = _events(judged)
    lines += [
        f"false alerts: {false} of {normal} normal captures ({rate:.1f} in 100)",
        f"events missed: {missed} of {events}",
    ]
    gone = sum(verdict == "missing" for _, verdict in judged)
    if gone:
        lines.append(f"captures without a verdict: {gone}")
    return lines


def _events(judged: Sequence[tuple[Label, str]]) -> tuple[int, int]:
    """Unbroken runs of abnormal captures: how many had no abnormal verdict, and how many in all."""
    runs: list[list[tuple[Label, str]]] = [
        list(run)
        for state, run in groupby(judged, key=lambda one: str(one[0].state))
        if state == "abnormal"
    ]
    missed = sum(all(verdict != "abnormal" for _, verdict in run) for run in runs)
    return missed, len(runs)


def verdict_of(capture: Mapping[str, Any]) -> str | None:
    """What became of a capture; None while it is open."""
    if capture["evaluation_status"] in {"pending", "processing"}:
        return None
    return str(capture["state"] or "failed")
