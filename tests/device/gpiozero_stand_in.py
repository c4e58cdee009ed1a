"""As much of gpiozero as the client uses, without a board: pins that a test can read and set."""

from types import ModuleType
from typing import Any

PINS_OF_A_BOARD = 28


class GPIOZeroError(Exception):
    """Its own base of errors."""


def make_gpiozero() -> Any:
    """The module, with `levels`: what each pin is at, True for high; and `is_dead` to fail."""
    module: Any = ModuleType("gpiozero")
    module.GPIOZeroError, module.levels, module.is_dead = GPIOZeroError, {}, False

    class Device:
        def __init__(self, number: int) -> None:
            if number >= PINS_OF_A_BOARD:
                raise GPIOZeroError(f"GPIO{number} is not a pin of this board")
            self.number = number

        def level(self) -> bool:
            if module.is_dead:
                raise GPIOZeroError("the board is gone")
            return bool(module.levels[self.number])

    class DigitalInputDevice(Device):
        def __init__(self, number: int, *, pull_up: bool) -> None:
            super().__init__(number)
            assert pull_up
            module.levels[number] = True

        @property
        def is_active(self) -> bool:
            return not self.level()

    class DigitalOutputDevice(Device):
        def __init__(self, number: int, *, initial_value: bool) -> None:
            super().__init__(number)
            module.levels[number] = initial_value

        @property
        def value(self) -> bool:
            return self.level()

        @value.setter
        def value(self, on: bool) -> None:
            self.level()
            module.levels[self.number] = on

    module.DigitalInputDevice, module.DigitalOutputDevice = DigitalInputDevice, DigitalOutputDevice
    return module
