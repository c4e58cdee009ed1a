import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from device.spool import Spool

OPERATIONS = 14
"""Opening syncs once; each of three pictures writes, syncs, renames, syncs; one is removed."""


def run_until_death(folder: Path, at: int, moment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.device.dying_camera", str(folder), str(at), moment],
        capture_output=True,
        text=True,
        check=False,
    )


def assert_nothing_lost(folder: Path, told: str) -> None:
    lines = [line.split() for line in told.splitlines() if " " in line]
    taken = {sha256 for word, sha256 in lines if word == "taken"}
    acked = {sha256 for word, sha256 in lines if word == "acked"}
    spool = Spool(folder)
    unfinished = {command.trigger_id for command in spool.commands.unfinished()}
    held, numbers = set(), []
    while (waiting := spool.next_waiting()) is not None:
        kept, content = waiting
        assert hashlib.sha256(content).hexdigest() == kept.entry.sha256
        held.add(kept.entry.sha256)
        assert kept.entry.trigger_id not in unfinished
        numbers.append(kept.sequence)
        assert spool.acknowledge(kept, kept.entry.sha256)
    assert taken - acked <= held
    assert len(numbers) == len(set(numbers))
    assert len(unfinished) <= 1
    assert spool.counts().dropped == 0
    assert list((folder / "pictures").iterdir()) == []
    spool.close()


@pytest.mark.parametrize("at", range(1, OPERATIONS + 1))
def test_killed_at_any_file_operation_nothing_taken_is_lost(tmp_path: Path, at: int) -> None:
    died = run_until_death(tmp_path / "spool", at, "before")
    assert died.returncode == -signal.SIGKILL
    assert_nothing_lost(tmp_path / "spool", died.stdout)


@pytest.mark.parametrize("at", [2, 6, 11])
def test_killed_with_half_a_file_written_no_rest_stays(tmp_path: Path, at: int) -> None:
    died = run_until_death(tmp_path / "spool", at, "midway")
    assert died.returncode == -signal.SIGKILL
    assert_nothing_lost(tmp_path / "spool", died.stdout)


def test_there_is_no_operation_that_the_kills_have_missed(tmp_path: Path) -> None:
    lived = run_until_death(tmp_path / "spool", OPERATIONS + 1, "before")
    assert lived.stdout.endswith("finished\n"), lived.stderr
