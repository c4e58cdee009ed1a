"""The measure of streams: it opens what it says, and hears what it tells."""

import json
import sys

import pytest

from bench.streams import main


@pytest.mark.long
@pytest.mark.parametrize("kind", ["commands", "events"])
def test_a_short_run_reports_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["streams", "--streams", "60", "--kind", kind, "--json"])
    assert main() == 0
    printed = capsys.readouterr().out
    report = json.loads(printed[printed.index("{") :])
    assert (report["kind"], report["streams"]) == (kind, 60)
    assert report["deliveries"] == {"commands": 100, "events": 600}[kind]
    assert 0 < report["p50_ms"] <= report["p99_ms"]
    assert report["pings_each"] >= 2
    assert report["of_them_in_transaction"] == 0
