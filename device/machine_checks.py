"""What the doctor looks at on the machine itself: camera, input, output and spool.

A client that runs here holds the spool, the camera and the pins, as it should: what it uses is left
to it. And nothing is made: what root made, the client's own user could not write.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from device import wire
from device.finding import Finding
from device.inputs import open_input
from device.outputs import open_output
from device.pins import WireError
from device.settings import Settings
from device.sources.camera import Camera
from device.sources.opening import open_source
from device.sources.source import SourceError
from device.spool import Spool, SpoolError
from device.vitals import read_disk_free

ROOM_AT_LEAST: Final = 256 * 1024**2
MIB: Final = 1024**2
IN_USE: Final = "Not tried, as the running client uses it; its log says how it is."


def is_in_use(folder: Path) -> bool:
    """Whether a client runs on this spool."""
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check_camera(settings: Settings) -> Finding:
    """Whether the source gives a picture."""
    if is_in_use(settings.spool) and not settings.source.is_simulated:
        return Finding("camera", True, IN_USE)
    try:
        source = open_source(settings)
        picture = source.read(wire.CaptureConfig())
    except SourceError as error:
        return Finding("camera", False, str(error))
    if picture is None:
        return Finding("camera", False, "The source has no picture to give.")
    doubt = picture.metadata.get(wire.CAMERA_METADATA)
    if doubt is not None:
        return Finding("camera", False, f"It gives a picture, but a {doubt} one. Is it covered?")
    name = source.name if isinstance(source, Camera) else "It"
    return Finding("camera", True, f"{name} gives a picture of {len(picture.content)} bytes.")


def check_input(spec: str, spool: Path) -> Finding:
    """Whether the digital input can be read."""
    if is_in_use(spool):
        return Finding("input", True, IN_USE)
    try:
        is_on = open_input(spec).is_on()
    except WireError as error:
        return Finding("input", False, str(error))
    return Finding("input", True, f"It can be read; it is {'on' if is_on else 'off'} now.")


def check_output(spec: str, spool: Path) -> Finding:
    """Whether the digital output can be switched; it is left off, as it is without a client."""
    if is_in_use(spool):
        return Finding("output", True, IN_USE)
    try:
        open_output(spec).switch(on=False)
    except WireError as error:
        return Finding("output", False, str(error))
    return Finding("output", True, "It can be switched; it is off now.")


def check_spool(folder: Path, cap_bytes: int) -> Finding:
    """Whether pictures can be kept."""
    try:
        finding = _check_folder(folder, cap_bytes)
    except OSError as error:
        sentence = f"{folder} cannot be looked at: {error.strerror}. Ask as the client's user."
        return Finding("spool", False, sentence)
    free = read_disk_free(folder)
    if finding.is_well and free is not None and free < ROOM_AT_LEAST:
        return Finding("spool", False, f"Only {free // MIB} MiB are free on the disk of {folder}.")
    return finding


def _check_folder(folder: Path, cap_bytes: int) -> Finding:
    if is_in_use(folder):
        return Finding("spool", True, "The running client uses it.")
    if not folder.exists():
        return _check_place(folder)
    if folder.stat().st_uid != os.geteuid():
        return Finding("spool", False, f"{folder} belongs to another user. Ask as that one.")
    try:
        spool = Spool(folder, cap_bytes=cap_bytes)
    except SpoolError as error:
        return Finding("spool", False, str(error))
    waiting = spool.counts().waiting
    spool.close()
    return Finding("spool", True, f"It can be written; {waiting} pictures wait to be sent.")


def _check_place(folder: Path) -> Finding:
    there = next(parent for parent in folder.absolute().parents if parent.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding("spool", True, f"It can be made in {there}.")
    sentence = f"The spool folder {folder} cannot be used: nothing can be made in {there}."
    return Finding("spool", False, sentence)
