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

LIMITLESS: Final = 1e9
MIB: Final = 2**20
YES: Final = ("1", "yes", "true", "on")
NO: Final = ("0", "no", "false", "off")
NO_URL: Final = "Say where Visant is: --url https://… (or VISANT_URL)."


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
    """What was typed or set in the environment, before anything is believed of it.

    `said` is by flag, without its dashes; `by_variable` are those flags that were not typed.
    """

    only_examines: bool
    said: Mapping[str, str]
    by_variable: frozenset[str]

    def get(self, flag: str) -> str | None:
        return self.said.get(flag)

    def name(self, flag: str) -> str:
        """By what it was said, for people."""
        return variable_of(flag) if flag in self.by_variable else f"--{flag}"


def variable_of(flag: str) -> str:
    """The environment variable that stands in for a flag."""
    return f"VISANT_{flag.replace('-', '_').upper()}"


def read_settings(flags: Flags) -> Settings:
    """Check every flag. Raises SettingsError with the first thing wrong."""
    source = _read_source(flags)
    limit = _read_whole(flags, "frames-limit", wire.Range(1, 1e9))
    return Settings(
        identity=_read_identity(flags),
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


def _read_identity(flags: Flags) -> Identity:
    said = _read_key_file(flags)
    url, name = flags.get("url"), flags.name("url")
    if url is None:
        url, name = said.get("api_url"), "The key file's api_url"
    device_id = flags.get("device-id") or said.get("device_id")
    if not url:
        raise SettingsError(NO_URL)
    if not device_id:
        raise SettingsError(
            "Say which camera this is: --device-id (or VISANT_DEVICE_ID), "
            'or a key file that holds {"device_id": …, "device_key": …}.'
        )
    return Identity(checked_url(url, name), checked_id(device_id), checked_key(said))


def _read_key_file(flags: Flags) -> Mapping[str, str]:
    path = flags.get("key-file")
    if path is None and not DEFAULT_KEY_FILE.exists():
        raise SettingsError(
            "Say where the device key is: --key-file FILE (or VISANT_KEY_FILE). "
            "`python -m device pair` gets one for a pairing code."
        )
    path, name = path or str(DEFAULT_KEY_FILE), flags.name("key-file")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} {path} cannot be read: {_why(error)}.") from error
    if not text.startswith("{"):
        return {"device_key": text}
    try:
        said = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{name} {path} begins like JSON but is not: {error}.") from error
    return {key: value for key, value in said.items() if isinstance(value, str)}


def checked_url(url: str, name: str = "--url") -> str:
    if "@" in url:
        raise SettingsError(f"{name} holds a name or password; the device key is all Visant needs.")
    if not is_address(url):
        raise SettingsError(
            f"{name} {url} is not an address; it should look like https://visant.example."
        )
    if "?" in url or "#" in url:
        raise SettingsError(f"{name} {url} holds more than an address; leave out what follows it.")
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


def read_number(flag: str, text: str, low: float, high: float = LIMITLESS) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        bound = f"from {low:g} to {high:g}" if high < LIMITLESS else f"of at least {low:g}"
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
