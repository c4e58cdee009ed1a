import sys
from collections.abc import Callable
from typing import Any

import pytest

from device.inputs import open_input
from device.outputs import open_output
from device.pins import WireError
from tests.device.gpiozero_stand_in import make_gpiozero


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = make_gpiozero()
    monkeypatch.setitem(sys.modules, "gpiozero", module)
    return module


def test_an_input_is_on_while_its_contact_is_closed_to_ground(board: Any) -> None:
    pin = open_input("gpio:17")
    assert not pin.is_on()
    board.levels[17] = False
    assert pin.is_on()


def test_an_output_begins_low_and_is_switched(board: Any) -> None:
    pin = open_output("gpio:27")
    assert board.levels[27] is False
    pin.switch(on=True)
    assert board.levels[27] is True


@pytest.mark.parametrize("open_wire", [open_input, open_output])
def test_without_gpiozero_the_sentence_says_how_to_get_it(
    open_wire: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(WireError, match="apt install python3-gpiozero"):
        open_wire("gpio:17")


@pytest.mark.parametrize("open_wire", [open_input, open_output])
@pytest.mark.usefixtures("board")
def test_a_pin_that_the_board_has_not_is_named(open_wire: Callable[[str], object]) -> None:
    with pytest.raises(WireError, match="gpio:99 cannot be used: GPIO99 is not a pin"):
        open_wire("gpio:99")


def test_a_board_that_fails_later_is_said_in_our_words(board: Any) -> None:
    given, taken = open_input("gpio:17"), open_output("gpio:27")
    board.is_dead = True
    with pytest.raises(WireError, match="cannot be read: the board is gone"):
        given.is_on()
    with pytest.raises(WireError, match="cannot be switched: the board is gone"):
        taken.switch(on=True)
