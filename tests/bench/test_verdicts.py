import json
import sys
from pathlib import Path

import pytest

from bench.verdicts import main, measure, measure_auc
from tests.evaluation.baseline.drawing import draw_bench, photograph

QUARTER = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera's day: nine quiet captures first, then two events of three captures each."""
    path = tmp_path_factory.mktemp("bench")
    rows = ["file,captured_at,state,what"]
    for number in range(4 * QUARTER):
        event = number in {15, 16, 17, 25, 26, 27}
        (path / f"{number:04d}.jpg").write_bytes(photograph(draw_bench(mug=event), number))
        state, what = ("abnormal", "a mug") if event else ("normal", "nothing new")
        rows.append(f"{number:04d}.jpg,{number * 10},{state},{what}")
    (path / "labels.csv").write_text("\n".join(rows))
    return path


def test_a_folder_is_played_in_order_and_counted(folder: Path) -> None:
    report = measure(folder)
    assert report.references == QUARTER
    assert report.captures == 3 * QUARTER
    assert report.confusion == {"normal > normal": 21, "abnormal > abnormal": 6}
    assert (report.events, report.events_missed, report.abnormal_missed) == (2, 0, 0)
    assert report.auc == 1.0
    assert report.wrong == []


def test_the_command_writes_one_report_a_folder_as_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["verdicts", str(folder), "--json"])
    main()
    (report,) = json.loads(capsys.readouterr().out)
    assert report["folder"] == folder.name
    assert report["false_alerts_per_100"] == 0


def test_auc_counts_pairs_and_halves_ties() -> None:
    assert measure_auc([0.1, 0.5], [0.5, 0.9]) == pytest.approx(3.5 / 4)
