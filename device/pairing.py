"""Pairing: a short code, shown once where the camera was added, is exchanged for its key."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

import httpx2

from device import wire
from device.commandline import PairFlags
from device.files import DiskFiles
from device.identity import DEFAULT_KEY_FILE, is_address

TIMEOUT_SECONDS: Final = 20.0
DISK: Final = DiskFiles()


class PairingError(Exception):
    """Why there is no key, in one sentence."""


def pair(flags: PairFlags) -> str:
    """Get the key and keep it; what to do next, in one sentence.

    Raises PairingError where the code gave no key.
    """
    path = Path(flags.key_file) if flags.key_file else DEFAULT_KEY_FILE
    try:
        # First the file: the exchange spends the code and ends the key that was there before.
        with _new_file(path) as file:
            answer = _exchange(flags.url, flags.code)
            json.dump(answer, file, indent=2)
    except OSError as error:
        raise PairingError(f"The key cannot be written to {path}: {error.strerror}.") from error
    named = f" --key-file {path}" if flags.key_file else ""
    return (
        f"This is now the camera {answer['device_id']}. Start it with: "
        f"python -m device run{named} --source camera:0"
    )


def _exchange(url: str, code: str) -> wire.PairAnswer:
    try:
        response = httpx2.post(url + wire.PAIR_PATH, json={"code": code}, timeout=TIMEOUT_SECONDS)
    except httpx2.HTTPError as error:
        raise PairingError(f"Visant cannot be reached at {url}: {error}.") from error
    said = _read(response)
    if not response.is_success:
        place = response.headers.get("location")
        leads = f", which leads to {place}" if place else ""
        detail = said.get("detail") or f"It answered with {response.status_code}{leads}."
        raise PairingError(f"Visant gave no key. {detail}")
    if not all(isinstance(said.get(name), str) for name in wire.PairAnswer.__required_keys__):
        raise PairingError(f"What answers at {url} is not Visant.")
    paired = wire.PairAnswer(
        device_id=said["device_id"],
        device_key=said["device_key"],
        api_url=better_url(url, said["api_url"]),
    )
    if isinstance(said.get("activation_id"), str):
        paired["activation_id"] = said["activation_id"]
    return paired


def better_url(typed: str, named: str) -> str:
    """What Visant names as its address, unless that is none or, from here, another machine.

    One that was never told its public address names its own loopback.
    """
    if not is_address(named) or (_is_loopback(named) and not _is_loopback(typed)):
        return typed
    return named


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _read(response: httpx2.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file that only we can read, durably under that name at the end: whole or not at all."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
        DISK.sync(unfinished)
        DISK.rename(unfinished, path)
        DISK.sync(path.parent)
    finally:
        DISK.remove(unfinished)
