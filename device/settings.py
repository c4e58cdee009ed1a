"""What a camera is told at its start, by flags, environment variables and the key file.

Every wrong value ends the start with one sentence that names it and says what to do.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device import wire
from device.sources.spec import Backend, SourceSpec, parse_source

DEFAULT_SPOOL: Final = Path("visant-spool")
DEFAULT_KEY_FILE: Final = Path("visant-key.json")
"""Where pairing leaves the key, and where it is looked for."""


class SettingsError(Exception):
    """A wrong or missing setting, in one sentence."""


@dataclass(frozen=True)
class Identity:
    """Where the cloud is and who we are there. The key never shows when this is printed."""

    url: str
    device_id: str
    key: str

    def __repr__(self) -> str:
        return f"Identity(url={self.url!r}, device_id={self.device_id!r})"


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


@dataclass(frozen=True)
class Flags:
    """What was typed or set in the environment, before anything is believed of it."""

    only_examines: bool
    url: str | None
    key_file: str | None
    device_id: str | None
    source: str | None
    backend: str | None
    input: str | None
    output: str | None
    spool: str | None
    spool_cap_mib: str | None
    interval: str | None
    frames_limit: str | None
    loop: bool
    speed: str | None
    seed: str | None
    width: str | None
    height: str | None
    quality: str | None
    warmup: str | None


def read_settings(flags: Flags) -> Settings:
    """Check every flag. Raises SettingsError with the first thing wrong."""
    source = _read_source(flags.source)
    return Settings(
        identity=_read_identity(flags),
        source=source,
        backend=_read_backend(flags.backend),
        input=_read_wire("input", flags.input),
        output=_read_wire("output", flags.output),
        spool=Path(flags.spool) if flags.spool else DEFAULT_SPOOL,
        spool_cap_bytes=round(read_number("--spool-cap", flags.spool_cap_mib or "2048", 1) * 2**20),
        interval=_read_interval(flags.interval, source),
        frames_limit=read_whole("--frames-limit", flags.frames_limit, wire.Range(1, 1e9)),
        loop=flags.loop,
        speed=read_number("--speed", flags.speed or "1", 0.01),
        seed=read_whole("--seed", flags.seed, wire.Range(0, 2**31)) or 0,
        width=read_whole("--width", flags.width, wire.WIDTH),
        height=read_whole("--height", flags.height, wire.HEIGHT),
        quality=read_whole("--quality", flags.quality, wire.QUALITY),
        warmup=_read_warmup(flags.warmup),
    )


def _read_warmup(text: str | None) -> float | None:
    return read_number("--warmup", text, wire.WARMUP.low, wire.WARMUP.high) if text else None


def _read_source(text: str | None) -> SourceSpec:
    if not text:
        raise SettingsError(
            "Say what to look at: --source camera:0, folder:DIR or scene:workbench."
        )
    try:
        return parse_source(text)
    except ValueError as error:
        raise SettingsError(f"--source {text}: {error}") from error


def _read_backend(text: str | None) -> Backend:
    if text is not None and text not in set(Backend):
        raise SettingsError(f"--backend {text}: choose one of {', '.join(Backend)}.")
    return Backend(text or Backend.ANY)


def _read_wire(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    kind, _, place = text.partition(":")
    is_pin = kind == "gpio" and place.isascii() and place.isdecimal()
    if not is_pin and not (kind == "file" and place):
        raise SettingsError(
            f"--{name} {text}: that names no {name}; use gpio:17 (the pin's number) or file:PATH."
        )
    return text


def _read_interval(text: str | None, source: SourceSpec) -> float | None:
    if text is None:
        return None
    seconds = read_number("--interval", text, 0.1, wire.TRIGGER_INTERVAL.high)
    if seconds < wire.MINIMUM_INTERVAL_SECONDS and not source.is_simulated:
        raise SettingsError(
            f"--interval {text}: a real camera may take a picture every "
            f"{wire.MINIMUM_INTERVAL_SECONDS:g} seconds at most; shorter intervals are for "
            "scene:, folder: and still: sources."
        )
    return seconds


def _read_identity(flags: Flags) -> Identity:
    said = _read_key_file(flags.key_file)
    url = flags.url or said.get("api_url")
    device_id = flags.device_id or said.get("device_id")
    if not url:
        raise SettingsError("Say where Visant is: --url https://… (or VISANT_URL).")
    if not device_id:
        raise SettingsError(
            "Say which camera this is: --device-id (or VISANT_DEVICE_ID), "
            'or a key file that holds {"device_id": …, "device_key": …}.'
        )
    return Identity(url=checked_url(url), device_id=checked_id(device_id), key=checked_key(said))


def _read_key_file(name: str | None) -> Mapping[str, str]:
    if not name and not DEFAULT_KEY_FILE.exists():
        raise SettingsError(
            "Say where the device key is: --key-file FILE (or VISANT_KEY_FILE). "
            "`python -m device pair` gets one for a pairing code."
        )
    name = name or str(DEFAULT_KEY_FILE)
    try:
        text = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--key-file {name} cannot be read: {_why(error)}.") from error
    if not text.startswith("{"):
        return {"device_key": text}
    try:
        said = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"--key-file {name} begins like JSON but is not: {error}.") from error
    return {key: value for key, value in said.items() if isinstance(value, str)}


def checked_url(url: str) -> str:
    if "@" in url:
        raise SettingsError("--url holds a name or password; the device key is all Visant needs.")
    if not is_address(url):
        raise SettingsError(
            f"--url {url} is not an address; it should look like https://visant.example."
        )
    if "?" in url or "#" in url:
        raise SettingsError(f"--url {url} holds more than an address; leave out what follows it.")
    return url.rstrip("/")


def is_address(url: str) -> bool:
    """Whether it can be called: a scheme of the web, a host that can be looked up, a port."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:
        return False
    said_plainly = url.isprintable() and " " not in url
    return said_plainly and parts.scheme in {"http", "https"} and host != b"" and port != 0


def checked_id(device_id: str) -> str:
    if not all(letter.isalnum() or letter in "-_" for letter in device_id):
        raise SettingsError(
            f"--device-id {device_id!r}: an id has only letters, digits, - and _; "
            "it is printed on the unit."
        )
    return device_id


def checked_key(said: Mapping[str, str]) -> str:
    key = said.get("device_key", "")
    if not key.startswith(wire.DEVICE_KEY_PREFIX) or not key.isascii() or not key.isprintable():
        raise SettingsError(
            f"The key file holds no device key; one begins with {wire.DEVICE_KEY_PREFIX} and is "
            "shown once when a camera is added."
        )
    return key


def read_number(flag: str, text: str, low: float, high: float = 1e9) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        bound = f"from {low:g} to {high:g}" if high < 1e9 else f"of at least {low:g}"  # noqa: PLR2004 - no limit
        raise SettingsError(f"{flag} {text}: that must be a number {bound}.")
    return value


def read_whole(flag: str, text: str | None, allowed: wire.Range) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not allowed.holds(int(text)):
        bounds = f"from {allowed.low:.0f} to {allowed.high:.0f}"
        raise SettingsError(f"{flag} {text}: that must be a whole number {bounds}.")
    return int(text)


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    return os.strerror(error.errno) if error.errno else str(error)
