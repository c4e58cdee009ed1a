"""What was typed after `python -m device simulate`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SimulateFlags:
    """The words, before anything is believed of it."""

    url: str
    keys: str
    devices: str
    rate: str
    minutes: str
    faults: str
    seed: str
    asks: str
    patience: str
