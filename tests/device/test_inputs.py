import threading
from dataclasses import replace
from pathlib import Path

import pytest

from device.config import Pins, Standing
from device.inputs import Debounce, FileInput, Minding, open_input
from device.pins import WireError
from device.spool import Asking
from device.wire import INPUT_LABEL, TriggerConfig


def minding(path: Path, asked: list[Asking], *, enabled: bool = True) -> Minding:
    standing = Standing(Pins())
    trigger = TriggerConfig(digital_input_enabled=enabled)
    standing.config = replace(standing.config, trigger=trigger)
    return Minding(FileInput(path), standing, ask=asked.append, stop=threading.Event())


def close_at(minded: Minding, path: Path, now: float) -> None:
    path.write_text("0")
    minded.look(now)
    minded.look(now + 0.1)
    path.write_text("1")
    minded.look(now + 0.2)
    minded.look(now + 0.3)


def test_a_bouncing_contact_closes_once() -> None:
    debounce = Debounce(on=False)
    readings = [(0.00, True), (0.01, False), (0.02, True), (0.04, True), (0.08, True), (0.2, True)]
    assert [debounce.closes(on=on, now=now) for now, on in readings] == [False] * 4 + [True, False]


def test_a_contact_closes_again_only_after_it_opened() -> None:
    debounce = Debounce(on=True)
    assert not debounce.closes(on=True, now=0)
    assert not debounce.closes(on=False, now=1)
    assert not debounce.closes(on=False, now=2)
    assert not debounce.closes(on=True, now=3)
    assert debounce.closes(on=True, now=4)


def test_a_closing_asks_for_a_picture_with_its_own_label(tmp_path: Path) -> None:
    asked: list[Asking] = []
    close_at(minding(tmp_path / "in", asked), tmp_path / "in", 10)
    assert asked == [Asking(label=INPUT_LABEL)]


def test_closings_within_seven_seconds_ask_for_one_picture(tmp_path: Path) -> None:
    asked: list[Asking] = []
    minded = minding(tmp_path / "in", asked)
    for now in (10, 15, 20):
        close_at(minded, tmp_path / "in", now)
    assert len(asked) == 2


def test_an_input_that_is_not_enabled_asks_for_nothing(tmp_path: Path) -> None:
    asked: list[Asking] = []
    close_at(minding(tmp_path / "in", asked, enabled=False), tmp_path / "in", 10)
    assert asked == []


def test_an_input_that_breaks_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    minded = minding(tmp_path / "in", [])
    (tmp_path / "in").mkdir()
    minded.look(1)
    minded.look(2)
    assert sum("input is not heard" in line for line in caplog.messages) == 1


def test_a_pin_without_gpiozero_says_what_to_install() -> None:
    with pytest.raises(WireError, match="apt install python3-gpiozero"):
        open_input("gpio:17")
