"""Who a camera is and where its cloud is, by flags and the key file that pairing leaves."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device import wire
from device.flags import Flags, SettingsError

DEFAULT_KEY_FILE: Final = Path("visant-key.json")
"""Where pairing leaves the key, and where it is looked for."""

NO_URL: Final = "Say where Visant is: --url https://… (or VISANT_URL)."


@dataclass(frozen=True)
class Identity:
    """Where the cloud is and who we are there. The key never shows when this is printed."""

    url: str
    device_id: str
    key: str
    activation_id: str | None = None
    """As pairing told it; None where the key came another way."""

    def __repr__(self) -> str:
        return f"Identity(url={self.url!r}, device_id={self.device_id!r})"


def read_identity(flags: Flags) -> Identity:
    """Raises SettingsError where something is missing or wrong."""
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
    return Identity(
        checked_url(url, name), checked_id(device_id), checked_key(said), said.get("activation_id")
    )


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


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    return os.strerror(error.errno) if error.errno else str(error)
