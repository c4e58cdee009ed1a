"""What `python -m device simulate` was told, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device import wire
from device.flags import SettingsError, read_number, read_whole
from device.identity import checked_url
from device.simulate.flags import SimulateFlags
from device.simulate.operator import Credentials, read_credentials
from device.simulate.plan import USUAL_SHARES, Fault, Run

MOST_DEVICES: Final = 10_000


@dataclass(frozen=True)
class FleetSettings:
    """`asks` are pictures asked for in a minute of the whole fleet; `patience` is in seconds."""

    url: str
    keys: Path
    devices: int
    run: Run
    asks: float
    patience: float
    credentials: Credentials | None


def read_fleet_settings(flags: SimulateFlags, environment: Mapping[str, str]) -> FleetSettings:
    """Check every flag. Raises SettingsError with the first thing wrong."""
    credentials = read_credentials(environment)
    asks = read_number("--asks", flags.asks, 0, 10_000)
    if asks and credentials is None:
        raise SettingsError("--asks needs an operator: see VISANT_OPERATOR_EMAIL in the README.")
    return FleetSettings(
        url=checked_url(flags.url),
        keys=Path(flags.keys),
        devices=_whole("--devices", flags.devices, MOST_DEVICES),
        run=Run(
            seed=_whole("--seed", flags.seed, 2**31, low=0),
            interval=60 / read_number("--rate", flags.rate, 0.01, 600),
            seconds=60 * read_number("--minutes", flags.minutes, 0.05, 10_000),
            shares=read_faults(flags.faults),
        ),
        asks=asks,
        patience=read_number("--patience", flags.patience, 1),
        credentials=credentials,
    )


def read_faults(text: str) -> Mapping[Fault, float]:
    """`none`, `all`, or names, with a share or not: `offline,drops=0.3`. Raises SettingsError."""
    if text == "none":
        return {}
    if text == "all":
        return USUAL_SHARES
    return dict(_read_fault(part.strip()) for part in text.split(","))


def _read_fault(text: str) -> tuple[Fault, float]:
    name, says_share, share = text.partition("=")
    if name not in set(Fault):
        raise SettingsError(
            f"--faults {text}: use none, all, or some of {', '.join(Fault)}, "
            "each with a share if you like (drops=0.3)."
        )
    fault = Fault(name)
    if not says_share:
        return fault, USUAL_SHARES[fault]
    return fault, read_number(f"--faults {name}", share, 0, 1)


def _whole(flag: str, text: str, high: int, *, low: int = 1) -> int:
    value = read_whole(flag, text, wire.Range(low, high))
    return low if value is None else value
