"""`python -m device doctor`: what works and what does not, in plain words, one line each.

Each check looks at one thing: the camera, the way to the cloud, the clock, the key, the version,
the spool. A check that cannot be made because an earlier one failed says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from device import wire
from device.answers import UNAUTHENTICATED, Answer, read_upgrade
from device.client import OK, Cloud, Unreachable
from device.settings import Settings
from device.sources.camera import Camera
from device.sources.opening import open_source
from device.sources.source import SourceError
from device.spool import Spool, SpoolError
from device.vitals import read_disk_free

CLOCK_MAY_DIFFER: Final = 60.0
ROOM_AT_LEAST: Final = 256 * 1024**2
MIB: Final = 1024**2


@dataclass(frozen=True)
class Finding:
    """What a check found; the sentence says the next step where something is wrong."""

    name: str
    is_well: bool
    sentence: str


def examine(settings: Settings, cloud: Cloud) -> Iterator[Finding]:
    """All checks, each made when its finding is asked for."""
    yield check_camera(settings)
    try:
        answer, version = cloud.fetch_config(), cloud.fetch_version()
    except Unreachable as error:
        url = settings.identity.url
        yield Finding("network", False, f"{url} cannot be reached ({error}). Is there a network?")
        yield Finding("clock", False, "Not checked: the cloud's clock cannot be asked.")
        yield Finding("key", False, "Not checked: the cloud cannot be asked.")
        yield Finding("version", False, "Not checked: the cloud cannot be asked.")
    else:
        yield check_network(answer, settings.identity.url)
        yield check_clock(answer, datetime.now(UTC))
        yield check_key(answer, settings.identity.device_id)
        yield check_version(version)
    yield check_spool(settings.spool, settings.spool_cap_bytes)


def check_camera(settings: Settings) -> Finding:
    """Whether the source gives a picture."""
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


def check_network(answer: Answer, url: str) -> Finding:
    """Whether what answers at the address is Visant and not something in between."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    if media_type in {"application/json", wire.PROBLEM_MEDIA_TYPE}:
        return Finding("network", True, f"Visant answers at {url}.")
    return Finding(
        "network",
        False,
        f"What answers at {url} is not Visant. Is a login page or a proxy in between?",
    )


def check_clock(answer: Answer, now: datetime) -> Finding:
    """Whether our clock agrees with the answer's `Date`."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Finding("clock", False, "Not checked: the answer carries no time.")
    off = (now - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()
    if abs(off) <= CLOCK_MAY_DIFFER:
        return Finding("clock", True, "It agrees with the cloud's clock.")
    return Finding(
        "clock",
        False,
        f"It is {abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the cloud's clock. "
        "Turn on network time: sudo timedatectl set-ntp true.",
    )


def check_key(answer: Answer, device_id: str) -> Finding:
    """Whether the cloud knows this camera by its key."""
    if answer.status == OK and answer.object():
        return Finding("key", True, f"The cloud knows this camera as {device_id}.")
    if answer.status == UNAUTHENTICATED:
        return Finding(
            "key",
            False,
            "The cloud does not accept this device key. Ask for a pairing code on the camera's "
            "page and run: python -m device pair.",
        )
    return Finding("key", False, f"The cloud did not say; it answered with {answer.status}.")


def check_version(answer: Answer) -> Finding:
    """Whether the cloud still works with this client."""
    if answer.status != OK or not answer.object():
        return Finding("version", False, f"The cloud did not say; it answered {answer.status}.")
    message = read_upgrade(answer)
    if message is not None:
        return Finding("version", False, message)
    return Finding("version", True, "The cloud works with this client.")


def check_spool(folder: Path, cap_bytes: int) -> Finding:
    """Whether pictures can be kept."""
    try:
        spool = Spool(folder, cap_bytes=cap_bytes)
    except SpoolError as error:
        return Finding("spool", False, str(error))
    waiting = spool.counts().waiting
    spool.close()
    free = read_disk_free(folder)
    if free is not None and free < ROOM_AT_LEAST:
        return Finding("spool", False, f"Only {free // MIB} MiB are free on the disk of {folder}.")
    return Finding("spool", True, f"It can be written; {waiting} pictures wait to be sent.")


def run_doctor(settings: Settings, version: str) -> int:
    """Print each finding; the exit code, 0 when all is well and 1 otherwise."""
    well = True
    with Cloud(settings.identity, version=version) as cloud:
        for finding in examine(settings, cloud):
            word = "ok   " if finding.is_well else "WRONG"
            print(f"{word} {finding.name}: {finding.sentence}", flush=True)
            well = well and finding.is_well
    return 0 if well else 1
