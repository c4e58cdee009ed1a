"""The keys of a fleet: a file with one key file's JSON on each line, readable by its owner only."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from device.flags import SettingsError
from device.identity import Identity, checked_id, checked_key


def read_keys(path: Path, url: str) -> list[Identity]:
    """The cameras of the file, none where there is no file yet. Raises SettingsError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--keys {path} cannot be read: {error}.") from error
    return list(_identities(path, lines, url))


def add_key(path: Path, identity: Identity) -> None:
    """Write one more camera down, so that no key is lost if the next one cannot be had.

    Raises SettingsError.
    """
    line = json.dumps({"device_id": identity.device_id, "device_key": identity.key})
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise SettingsError(f"--keys {path} cannot be written: {error.strerror}.") from error


def _identities(path: Path, lines: Iterable[str], url: str) -> Iterator[Identity]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except ValueError as error:
            raise SettingsError(f"--keys {path}, line {number} is not JSON: {error}.") from error
        if not isinstance(said, dict) or not isinstance(said.get("device_id"), str):
            raise SettingsError(f"--keys {path}, line {number} names no device_id.")
        yield Identity(url=url, device_id=checked_id(said["device_id"]), key=checked_key(said))
