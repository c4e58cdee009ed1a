"""Words must be readable on what they stand on, in light and dark: WCAG 2.2 AA, computed."""

import re
from itertools import product

import pytest

from cloud.web.assets import STATIC_DIRECTORY

TOKENS = (STATIC_DIRECTORY / "css/tokens.css").read_text()
GROUNDS = ("ground", "surface", "sunken")
READABLE = 4.5
VISIBLE = 3.0
STATES = ("normal", "abnormal", "uncertain", "slate")


def palette(theme: str) -> dict[str, str]:
    start = {"light": ":root {", "dark": ':root[data-theme="dark"] {'}[theme]
    block = TOKENS[TOKENS.index(start) :].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    channels = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pairs() -> list[tuple[str, str, float]]:
    words = product(("text", "text-soft", "text-faint"), GROUNDS)
    states = [(state, f"{state}-soft") for state in STATES] + list(product(STATES, ("surface",)))
    accents = [("accent", "ground"), ("accent", "surface"), ("accent", "accent-soft")]
    readable = [*words, *states, *accents, ("on-accent", "accent"), ("surface", "abnormal")]
    visible = [("line-strong", "surface"), ("slate-edge", "surface"), ("abnormal-edge", "surface")]
    return [(*pair, READABLE) for pair in readable] + [(*pair, VISIBLE) for pair in visible]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), pairs())
def test_colours_that_meet_keep_enough_contrast(
    theme: str, front: str, back: str, least: float
) -> None:
    colours = palette(theme)
    assert contrast(colours[front], colours[back]) >= least


def test_dark_by_choice_and_dark_by_the_system_are_the_same() -> None:
    system = TOKENS[TOKENS.index("@media (prefers-color-scheme: dark)") :]
    assert dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", system)) == palette("dark")
