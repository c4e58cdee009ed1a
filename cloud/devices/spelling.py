"""How unit ids and codes are written: the one spelling we keep for the many that people type."""

import re

from cloud.kit.ids import new_code, normalize_code

UNIT_PREFIX = "VS"
UNIT_LETTERS = 12
GROUP = 4


def new_unit_id() -> str:
    """An id to print on a unit: `VS-7K3M-9QXT-4HWC`, 60 random bits."""
    return f"{UNIT_PREFIX}-{new_code(UNIT_LETTERS // GROUP)}"


def normal_unit_id(typed: str) -> str:
    """A typed unit id as it was printed; what cannot be one comes back as some text unknown to us.

    Case, spaces and hyphens do not matter, nor do O for 0 and I or L for 1.
    """
    letters = normal_code(typed)
    if len(letters) == len(UNIT_PREFIX) + UNIT_LETTERS:
        letters = letters.removeprefix(UNIT_PREFIX)
    groups = [letters[at : at + GROUP] for at in range(0, len(letters), GROUP)]
    return "-".join((UNIT_PREFIX, *groups))


def normal_code(typed: str) -> str:
    """The letters and digits of a typed code, upper case, look-alikes read as digits."""
    return re.sub("[^0-9A-Z]", "", normalize_code(typed))
