import threading
from pathlib import Path

import pytest

from device.outputs import FileOutput, Signalling, Wish, open_output
from device.pins import WireError
from device.wire import OUTPUT_HELD_SECONDS


class Lamp:
    """An output that remembers, and refuses while it is broken."""

    def __init__(self) -> None:
        self.is_on: bool | None = None
        self.is_broken = False

    def switch(self, *, on: bool) -> None:
        if self.is_broken:
            raise WireError("The lamp is broken.")
        self.is_on = on


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_output_is_off_at_the_start_whatever_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lamp"
    path.write_text("1")
    Signalling(FileOutput(path), wants=lambda: True, stop=threading.Event())
    assert path.read_text() == "0"


def test_an_output_follows_what_the_cloud_wants() -> None:
    lamp, wanted = Lamp(), True
    signalling = Signalling(lamp, wants=lambda: wanted, stop=threading.Event())
    signalling.look()
    assert lamp.is_on is True
    wanted = False
    signalling.look()
    assert lamp.is_on is False


def test_an_output_is_off_at_the_end() -> None:
    lamp, stop = Lamp(), threading.Event()
    signalling = Signalling(lamp, wants=lambda: True, stop=stop)
    signalling.look()
    stop.set()
    signalling.run()
    assert lamp.is_on is False


def test_a_broken_output_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    lamp = Lamp()
    signalling = Signalling(lamp, wants=lambda: True, stop=threading.Event())
    lamp.is_broken = True
    for _ in range(3):
        signalling.look()
    assert caplog.text.count("does not obey") == 1
    lamp.is_broken = False
    signalling.look()
    assert lamp.is_on is True


def test_an_output_stays_on_over_a_short_silence_and_not_over_a_long_one() -> None:
    clock = Clock()
    wish = Wish(clock)
    wish.hear(True)
    clock.now += OUTPUT_HELD_SECONDS - 1
    assert wish.is_on()
    clock.now += 2
    assert not wish.is_on()
    wish.hear()
    assert wish.is_on()


@pytest.mark.parametrize("said", [None, "yes", 1, {}])
def test_nonsense_about_the_output_changes_nothing(said: object) -> None:
    wish = Wish(Clock())
    wish.hear(said)
    assert not wish.is_on()
    wish.hear(True)
    wish.hear(said)
    assert wish.is_on()


def test_an_output_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(WireError, match="cannot be written: Is a directory"):
        open_output(f"file:{tmp_path}").switch(on=True)
