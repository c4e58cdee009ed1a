"""The pinned requirements: what an old pip reads in them, too."""

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

CHECKOUT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([\w.-]+)(?:\[([\w,.-]+)\])?==", re.MULTILINE)
Pins = dict[str, set[str]]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_extra_that_a_pinned_package_asks_for_is_pinned_with_it(name: str) -> None:
    pins = read(CHECKOUT / name)
    loose = [
        f"{package} asks for {asked}"
        for package, extras in pins.items()
        for asked in asked_for(package, extras)
        if not asked.extras <= pins.get(asked.name.lower(), asked.extras)
    ]
    assert loose == []


def read(path: Path) -> Pins:
    """Packages and the extras that are pinned with them."""
    found = PIN.findall(path.read_text())
    return {name.lower(): set(filter(None, extras.split(","))) for name, extras in found}


def asked_for(package: str, extras: set[str]) -> list[Requirement]:
    """What this package, with these extras, asks for here; nothing where it is for another
    system."""
    try:
        all_asked = requires(package) or []
    except PackageNotFoundError:
        return []
    return [
        asked
        for asked in map(Requirement, all_asked)
        if asked.marker is None
        or any(asked.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]
