from pathlib import Path

import pytest

from bin import _floors


def summary(lines: int, of: int, branches: int, out_of: int) -> dict[str, dict[str, int]]:
    return {
        "summary": {
            "covered_lines": lines,
            "missing_lines": of - lines,
            "covered_branches": branches,
            "missing_branches": out_of - branches,
        }
    }


def test_lines_and_branches_of_a_rooms_files_are_added_up() -> None:
    files = {
        "cloud/captures/ingest.py": summary(6, 6, 2, 2),
        "cloud/captures/deep/pictures.py": summary(5, 10, 1, 2),
        "cloud/app.py": summary(4, 4, 0, 0),
        "device/spool.py": summary(0, 3, 0, 1),
        "device/__init__.py": summary(0, 0, 0, 0),
    }
    assert _floors.by_room(files) == {"cloud": 100, "cloud.captures": 70, "device": 0}


def test_floors_rise_to_what_was_reached_and_never_fall() -> None:
    floors = {"device": 80, "cloud.kit": 90}
    reached = {"device": 91.7, "cloud.kit": 60.0, "cloud.web": 75.2}
    assert _floors.raised(floors, reached) == {"cloud.kit": 90, "cloud.web": 74, "device": 91}


@pytest.mark.parametrize(("reached", "code"), [(89.9, 1), (90.0, 0)])
def test_a_room_under_its_floor_fails_the_suite(
    reached: float,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(_floors, "FLOORS", tmp_path / "floors.toml")
    monkeypatch.setattr(_floors, "measure", lambda: {"cloud.kit": reached})
    _floors.FLOORS.write_text(_floors.write({"cloud.kit": 90}))
    assert _floors.check(should_raise=False) == code
    assert ("Under the floor: cloud.kit" in capsys.readouterr().err) is bool(code)


def test_raised_floors_are_kept_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_floors, "FLOORS", tmp_path / "floors.toml")
    monkeypatch.setattr(_floors, "measure", lambda: {"cloud.kit": 95.0})
    assert _floors.read() == {}
    assert _floors.check(should_raise=True) == 0
    assert _floors.read() == {"cloud.kit": 94}
