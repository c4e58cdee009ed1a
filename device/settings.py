"""What a camera is told at its start, by flags, environment variables and the key file.

Every wrong value ends the start with one sentence that names it and says what to do.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device import wire
from device.flags import LIMITLESS, Flags, SettingsError, read_number, read_whole
from device.identity import Identity, read_identity
from device.sources.spec import Backend, SourceSpec, parse_source

DEFAULT_SPOOL: Final = Path("visant-spool")
MIB: Final = 2**20
YES: Final = ("1", "yes", "true", "on")
NO: Final = ("0", "no", "false", "off")


@dataclass(frozen=True)
class Settings:
    """Everything `run` needs. `interval` pins the interval; None leaves it to the cloud."""

    identity: Identity
    source: SourceSpec
    backend: Backend
    input: str | None
    output: str | None
    spool: Path
    spool_cap_bytes: int
    interval: float | None
    frames_limit: int | None
    loop: bool
    speed: float
    seed: int
    width: int | None
    height: int | None
    quality: int | None
    warmup: float | None


def read_settings(flags: Flags) -> Settings:
    """Check every flag. Raises SettingsError with the first thing wrong."""
    source = _read_source(flags)
    limit = _read_whole(flags, "frames-limit", wire.Range(1, 1e9))
    return Settings(
        identity=read_identity(flags),
        source=source,
        backend=_read_backend(flags),
        input=_read_wire(flags, "input"),
        output=_read_wire(flags, "output"),
        spool=Path(flags.get("spool") or DEFAULT_SPOOL),
        spool_cap_bytes=round(
            _read_number(flags, "spool-cap", 2048, wire.Range(1, LIMITLESS)) * MIB
        ),
        interval=_read_interval(flags, source),
        frames_limit=1 if _read_yes(flags, "once") else limit,
        loop=_read_yes(flags, "loop"),
        speed=_read_number(flags, "speed", 1, wire.Range(0.01, LIMITLESS)),
        seed=_read_whole(flags, "seed", wire.Range(0, 2**31)) or 0,
        width=_read_whole(flags, "width", wire.WIDTH),
        height=_read_whole(flags, "height", wire.HEIGHT),
        quality=_read_whole(flags, "quality", wire.QUALITY),
        warmup=_read_warmup(flags),
    )


def _read_source(flags: Flags) -> SourceSpec:
    text = flags.get("source")
    if text is None:
        raise SettingsError(
            "Say what to look at: --source camera:0, folder:DIR or scene:workbench."
        )
    try:
        return parse_source(text)
    except ValueError as error:
        # An address that was mistyped may hold a password, which ends at the last @.
        _, at, shown = text.rpartition("@")
        place = f"…@{shown}" if at else text
        raise SettingsError(f"{flags.name('source')} {place}: {error}") from error


def _read_backend(flags: Flags) -> Backend:
    text = flags.get("backend") or Backend.ANY
    if text not in set(Backend):
        name = flags.name("backend")
        raise SettingsError(f"{name} {text}: choose one of {', '.join(Backend)}.")
    return Backend(text)


def _read_wire(flags: Flags, flag: str) -> str | None:
    text = flags.get(flag)
    if text is None:
        return None
    kind, _, place = text.partition(":")
    is_pin = kind == "gpio" and place.isascii() and place.isdecimal()
    if not is_pin and not (kind == "file" and place):
        raise SettingsError(
            f"{flags.name(flag)} {text}: that names no {flag}; "
            "use gpio:17 (the pin's number) or file:PATH."
        )
    return text


def _read_interval(flags: Flags, source: SourceSpec) -> float | None:
    text, name = flags.get("interval"), flags.name("interval")
    if text is None:
        return None
    seconds = read_number(name, text, 0.1, wire.TRIGGER_INTERVAL.high)
    if seconds < wire.MINIMUM_INTERVAL_SECONDS and not source.is_simulated:
        raise SettingsError(
            f"{name} {text}: a real camera may take a picture every "
            f"{wire.MINIMUM_INTERVAL_SECONDS:g} seconds at most; shorter intervals are for "
            "scene:, folder: and still: sources."
        )
    return seconds


def _read_warmup(flags: Flags) -> float | None:
    text = flags.get("warmup")
    if text is None:
        return None
    return read_number(flags.name("warmup"), text, wire.WARMUP.low, wire.WARMUP.high)


def _read_number(flags: Flags, flag: str, default: float, allowed: wire.Range) -> float:
    text = flags.get(flag)
    if text is None:
        return default
    return read_number(flags.name(flag), text, allowed.low, allowed.high)


def _read_whole(flags: Flags, flag: str, allowed: wire.Range) -> int | None:
    return read_whole(flags.name(flag), flags.get(flag), allowed)


def _read_yes(flags: Flags, flag: str) -> bool:
    text = flags.get(flag)
    if text is None or text.lower() in NO:
        return False
    if text.lower() not in YES:
        raise SettingsError(f"{flags.name(flag)} {text}: say 1 for yes or 0 for no.")
    return True
