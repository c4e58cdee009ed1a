"""Looking at one page in a real Chromium for whatever would trouble somebody there.

A desktop in the light, then narrower until a small phone in the dark, in one load. People who use a
keyboard or hear the page (axe-core), people with small screens or large type, people whom motion
makes ill; and nothing may be said on the console, asked for in vain, or run of what others wrote.
"""

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import BrowserContext, Dialog, Page, Request, Response, ViewportSize

from tests.web.driving import Window, open_window
from tests.web.everywhere import Sight

LOOKING = (Path(__file__).parent / "looking.js").read_text()
DESKTOP = ViewportSize(width=1440, height=900)
NARROWER = (768, 640, 390, 360)
"""A tablet; a desktop of 1280 with everything at 200 %; two phones."""
HEIGHT = 844
ERROR = 400


class Looker:
    """Somebody at a window. `collect` tells what troubled them there."""

    def __init__(self, window: Window) -> None:
        self.page: Page = window.page
        self._window = window
        self._wrong: list[str] = []
        self.page.on("response", self._hear_answer)
        self.page.on("requestfailed", self._hear_failure)
        self.page.on("dialog", self._hear_dialog)

    async def visit(self, sight: Sight) -> list[str]:
        """Go there and look: what is wrong. A part of a page or a picture is only fetched."""
        if await self.open(sight):
            await self.look()
        return self.collect(sight)

    async def glance(self, sight: Sight) -> list[str]:
        """Go there and look on a phone only."""
        await self.page.set_viewport_size(ViewportSize(width=NARROWER[-1], height=HEIGHT))
        if await self.open(sight):
            await self._ask("hanging", "hangs over")
            await self._ask("inaccessible")
        return self.collect(sight)

    async def look(self) -> None:
        """At all that is on the page now: wide and light first, narrow and dark in the end."""
        await self._ask("inaccessible")
        await self.page.emulate_media(color_scheme="dark")
        for width in NARROWER:
            await self.page.set_viewport_size(ViewportSize(width=width, height=HEIGHT))
            await self._ask("hanging", f"hangs over at {width}")
        await self._ask("illegible", "on a phone")
        await self._ask("moving")
        await self._ask("injected")
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size(DESKTOP)

    async def open(self, sight: Sight) -> bool:
        """Go there. Whether it is a whole page, of which questions can be asked."""
        answer = await self.page.goto(sight.path)
        assert answer is not None
        if answer.status != sight.status:
            self._wrong.append(f"answers {answer.status}, not {sight.status}")
        if not await is_document(answer):
            if answer.headers.get("content-type", "").startswith("image/"):
                self._window.complaints.clear()  # a frame of the browser's own, against our policy
            return False
        await self.page.evaluate(LOOKING)
        await self.page.evaluate("looking.openAll()")
        return True

    async def words(self) -> set[str]:
        """All that can be read in the page's main part."""
        return set(await self.page.evaluate("looking.words()"))

    def collect(self, sight: Sight) -> list[str]:
        """All that was wrong since the last time."""
        said = [each for each in self._window.complaints if not _is_of_status(each, sight)]
        found = [f"{sight.path}: {each}" for each in (*self._wrong, *said)]
        self._wrong.clear()
        self._window.complaints.clear()
        return found

    async def _ask(self, what: str, words: str = "") -> None:
        found = await self.page.evaluate(f"looking.{what}()")
        self._wrong += [f"{words or what}: {each}" for each in found]

    def _hear_answer(self, response: Response) -> None:
        if response.status >= ERROR and not response.request.is_navigation_request():
            self._wrong.append(f"asks for {response.url}, which answers {response.status}")

    def _hear_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # else it was on its way when the page was left
            self._wrong.append(f"asks for {request.url}: {request.failure}")

    async def _hear_dialog(self, dialog: Dialog) -> None:
        self._wrong.append(f"a dialog opened: {dialog.message}")
        await dialog.dismiss()


async def is_document(answer: Response) -> bool:
    """Whether it is a whole page of ours; in a mail's sandbox nothing can be asked."""
    headers = answer.headers
    if "sandbox" in headers.get("content-security-policy", ""):
        return False
    if "html" not in headers.get("content-type", ""):
        return False
    if answer.request.redirected_from is not None:  # the page that it leads to is visited itself
        return False
    return "<html" in (await answer.text())[:100]


def _is_of_status(complaint: str, sight: Sight) -> bool:
    """A browser also says on its console that a page came with the status of an error."""
    return sight.status >= ERROR and "Failed to load resource" in complaint


async def look_from(context: BrowserContext) -> Looker:
    await context.add_init_script(AXE_SCRIPT)
    return Looker(await open_window(context))


def tell(troubles: list[str]) -> None:
    """Fail if there are any, and say them all."""
    if troubles:
        pytest.fail("\n".join(troubles), pytrace=False)
