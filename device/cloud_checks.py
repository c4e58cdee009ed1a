"""What the doctor asks the cloud: whether it is there, the time, the key and the version."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from device.answers import Answer, in_words, read_problem, read_upgrade, rejects_key
from device.finding import Finding

CLOCK_MAY_DIFFER: Final = 60.0
NOT_FOUND: Final = 404


def check_network(version: Answer, url: str) -> Finding:
    """Whether what answers at the address is Visant and not something in between."""
    if _says_version(version) or read_problem(version) is not None:
        return Finding("network", True, f"Visant answers at {url}.")
    if "location" in version.headers:
        return Finding("network", False, f"What answers at {url} is {in_words(version)}")
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


def check_key(config: Answer, device_id: str) -> Finding:
    """Whether the cloud knows this camera by its key: it gives its configuration to no other."""
    if config.is_well and isinstance(config.object().get("trigger"), dict):
        return Finding("key", True, f"The cloud knows this camera as {device_id}.")
    if rejects_key(config):
        return Finding(
            "key",
            False,
            "The cloud does not accept this device key. Ask for a pairing code on the camera's "
            "page and run: python -m device pair.",
        )
    if config.status == NOT_FOUND and read_problem(config) is not None:
        return Finding(
            "key",
            False,
            f"This key belongs to another camera than {device_id}. The id is printed on the unit; "
            "a key file of pairing holds the right one.",
        )
    return Finding("key", False, f"The cloud did not say; it answered with {in_words(config)}.")


def check_version(version: Answer) -> Finding:
    """Whether the cloud still works with this client."""
    if not _says_version(version):
        sentence = f"The cloud did not say; it answered with {in_words(version)}."
        return Finding("version", False, sentence)
    message = read_upgrade(version)
    if message is not None:
        return Finding("version", False, message)
    return Finding("version", True, "The cloud works with this client.")


def _says_version(answer: Answer) -> bool:
    return answer.is_well and isinstance(answer.object().get("version"), str)
