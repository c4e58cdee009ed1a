"""Draws the icons of the installed app from the mark: `bin/icons`, after the mark was changed.

Maskable icons and Apple's fill their square, as the system cuts them to its own shape; the mark
then stays within the circle that every shape leaves.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bin import _browser

STATIC = Path("cloud/web/static")
MARK = STATIC / "favicon.svg"
ROUND_CORNERS = 'rx="8" '
WITHIN_THE_CIRCLE = 0.9
COLOURS = 64
"""Enough for two colours and the edges between them."""

ICONS = {"icon-192": 192, "icon-512": 512, "maskable-512": 512, "apple-touch-180": 180}


def main() -> int:
    path = _browser.find_or_install()
    if not path:
        print("No Chromium here: install one, or name it in VISANT_TEST_BROWSER.")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, side in ICONS.items():
            picture = draw(browser, side, fills=not name.startswith("icon"))
            picture.save(STATIC / "icons" / f"{name}.png", optimize=True)
        browser.close()
    return 0


def draw(browser: Browser, side: int, *, fills: bool) -> Image.Image:
    """The mark in a square of so many pixels a side, its ground to the edges if it fills it."""
    page = browser.new_page(viewport={"width": side, "height": side})
    page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{_mark(fills=fills)}")
    shot = page.screenshot(omit_background=True)
    page.close()
    return Image.open(io.BytesIO(shot)).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)


def _mark(*, fills: bool) -> str:
    mark = MARK.read_text()
    if not fills:
        return mark
    ground, drawn = mark.replace(ROUND_CORNERS, "").split("<g ", 1)
    scale = f"translate(16 16) scale({WITHIN_THE_CIRCLE}) translate(-16 -16)"
    return f'{ground}<g transform="{scale}"><g {drawn.replace("</svg>", "</g></svg>")}'


if __name__ == "__main__":
    sys.exit(main())
