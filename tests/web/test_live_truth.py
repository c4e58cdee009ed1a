"""A page left open stays true: what is old is marked, what was missed is replayed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from cloud.accounts.cookies import cookie_name
from cloud.captures.documents import capture_document
from cloud.captures.models import Capture, State
from cloud.events.append import EventKind, append
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.looks import is_stale
from tests.factories import SomeDevice, make_capture, make_device
from tests.web.conftest import Owner
from tests.web.documents import NOW, device
from tests.web.driving import open_window
from tests.web.visitors import session_of

STREAM = "**/v1/capture-events/stream"
WATCH_PICTURES = """() => {
  window.placed = [];
  const observer = new MutationObserver((changes) => {
    const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    const cards = added.filter((node) => node.matches?.(".card"));
    window.placed.push(...cards.map((card) => card.querySelector("img").complete));
  });
  const lists = document.querySelectorAll("[data-live-cards]");
  for (const list of lists) observer.observe(list, { childList: true });
}"""


@pytest.mark.parametrize(
    ("said", "stale"),
    [
        ({}, False),
        ({"fresh_until": NOW - timedelta(seconds=1)}, True),
        ({"watching": {"state": "not_watching"}}, True),
        ({"watching": {"state": "degraded"}}, False),
        ({"watching": {"state": "not_watching"}, "fresh_until": None}, False),
    ],
)
def test_a_picture_is_live_while_the_next_is_not_overdue_and_it_is_watched(
    said: dict[str, Any],
    stale: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert is_stale(device(**said), NOW) is stale


@dataclass(frozen=True)
class Looking:
    """Somebody's page, and the camera that they look at."""

    page: Page
    device: SomeDevice
    database: Database

    async def bring(self, *, captured_at: Any = None, state: State = State.NORMAL) -> Capture:
        """A capture, and the news of it."""
        capture = await make_capture(
            self.database, self.device, state=state, captured_at=captured_at
        )
        await self.tell([capture])
        return capture

    async def tell(self, captures: list[Capture]) -> None:
        async with self.database.work_for(self.device.organization_id) as work:
            for capture in captures:
                document = capture_document(capture)
                kind = EventKind.CAPTURE_EVALUATED
                await append(work, kind, document, device_id=capture.unit_id)

    async def hide(self, *, hidden: bool) -> None:
        """As when the person goes to another tab, or comes back."""
        await self.page.evaluate(
            """(hidden) => {
              Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )


@pytest.fixture
async def looking(
    browser: Browser, base_url: str, database: Database, settings: Settings, owner: Owner
) -> AsyncIterator[Looking]:
    camera = await make_device(database, owner.someone.organization_id)
    token = (await session_of(database, settings, owner.someone))[cookie_name(settings)]
    context = await browser.new_context(base_url=base_url)
    await context.add_cookies([{"name": cookie_name(settings), "value": token, "url": base_url}])
    for kind in ("thumbnail", "glance"):
        await context.route(f"**/{kind}", _blank)
    window = await open_window(context)
    yield Looking(window.page, camera, database)
    await context.close()


async def _blank(route: Route) -> None:
    """These captures have no picture."""
    await route.fulfill(
        body="<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/svg+xml"
    )


@pytest.mark.browser
async def test_a_picture_that_grew_old_on_an_open_page_is_marked(looking: Looking) -> None:
    page = looking.page
    await looking.bring()
    await page.clock.install()
    await page.route(STREAM, lambda route: route.abort())
    await page.goto("/ui")
    mark = page.locator(".card-stale")
    await expect(page.locator(".cameras > .card")).to_have_count(1)
    assert not await page.locator(".card.is-stale").count()
    await page.clock.fast_forward("15:00")
    await expect(mark).to_be_visible()
    await expect(mark).to_contain_text("Not live, taken")


@pytest.mark.browser
async def test_an_old_picture_is_marked_by_the_server_and_a_new_one_takes_the_mark_away(
    looking: Looking,
) -> None:
    page = looking.page
    await looking.bring(captured_at=utc_now() - timedelta(hours=5))
    for address in ("/ui", f"/ui/cameras/{looking.device.unit_id}"):
        await page.goto(address)
        await expect(page.locator(".is-stale")).to_have_count(1)
    await page.goto("/ui")
    await expect(page.locator(".card-stale")).to_contain_text("taken 5 h ago")
    await looking.bring()
    await expect(page.locator(".card-stale")).to_be_hidden()


@pytest.mark.browser
async def test_while_the_connection_is_lost_no_picture_passes_for_live(looking: Looking) -> None:
    page = looking.page
    await looking.bring()
    await page.goto("/ui")
    await expect(page.locator(".card-stale")).to_be_hidden()
    await page.route(STREAM, lambda route: route.abort())
    await page.clock.install()
    await page.reload()
    await page.clock.fast_forward(5_000)
    await page.clock.fast_forward(9_000)
    await expect(page.locator("#connection")).to_contain_text("You see what was known at")
    await expect(page.locator(".card-stale")).to_be_visible()
    await page.unroute(STREAM)
    await page.clock.fast_forward(40_000)
    await expect(page.locator("#connection")).to_be_hidden()
    await expect(page.locator(".card-stale")).to_be_hidden()


@pytest.mark.browser
async def test_the_head_of_a_camera_changes_together_with_its_picture(looking: Looking) -> None:
    page = looking.page
    await page.goto(f"/ui/cameras/{looking.device.unit_id}")
    learning, abnormal = (State.NORMAL, "Learning"), (State.ABNORMAL, "Abnormal")
    for state, word in (learning, abnormal, learning):
        await looking.bring(state=state)
        said = await page.wait_for_function(
            """(state) => document.querySelector(`#latest.is-${state}`)
              && document.querySelector("#camera-head .state").textContent.trim()""",
            arg=str(state),
        )
        assert await said.json_value() == word


@pytest.mark.browser
async def test_a_hidden_tab_pauses_and_comes_back_without_a_loss(looking: Looking) -> None:
    page = looking.page
    await page.clock.install()
    await page.goto(f"/ui/cameras/{looking.device.unit_id}")
    first = await looking.bring()
    await expect(page.locator(f"#capture-{first.id}")).to_be_visible()
    await looking.hide(hidden=True)
    async with page.expect_event("requestfailed") as ended:
        await page.clock.fast_forward(31_000)
    assert "capture-events/stream" in (await ended.value).url
    missed = [await looking.bring() for _ in range(3)]
    await page.clock.fast_forward(60_000)
    assert not await page.locator(f"#capture-{missed[0].id}").count()
    await looking.hide(hidden=False)
    for capture in missed:
        await expect(page.locator(f"#capture-{capture.id}")).to_be_visible()
    await expect(page.locator("#captures > .card")).to_have_count(4)


@pytest.mark.browser
async def test_a_burst_is_gathered_and_drawn_once(looking: Looking) -> None:
    page, asked = looking.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto("/ui")
    captures = [
        await make_capture(looking.database, looking.device, state=State.NORMAL) for _ in range(6)
    ]
    newest = max(captures, key=lambda capture: (capture.captured_at, capture.id))
    await looking.tell(captures)
    await expect(page.locator(f'.card[data-capture="{newest.id}"]')).to_be_visible()
    assert len([address for address in asked if "/card?" in address]) == 1


@pytest.mark.browser
@pytest.mark.parametrize(("address", "cards"), [("/ui", 1), ("/ui/cameras/{device}", 2)])
async def test_a_new_picture_is_there_before_its_place_is_given_to_it(
    looking: Looking, address: str, cards: int
) -> None:
    page = looking.page
    await page.set_viewport_size({"width": 1440, "height": 2000})
    await looking.bring()
    await page.goto(address.format(device=looking.device.unit_id))
    await expect(page.locator(".card")).to_have_count(cards)
    await page.evaluate(WATCH_PICTURES)
    newest = await looking.bring()
    await expect(page.locator(f'.card[data-capture="{newest.id}"]')).to_have_count(cards)
    assert await page.evaluate("window.placed") == [True] * cards


@pytest.mark.browser
async def test_only_the_picture_changes_softly_and_nothing_shines_through_an_old_one(
    looking: Looking,
) -> None:
    page = looking.page
    await looking.bring(captured_at=utc_now() - timedelta(hours=5))
    await page.goto("/ui")
    old = page.locator(".card.is-stale img")
    await expect(old).to_have_css("opacity", "1")
    await expect(old).not_to_have_css("filter", "none")
    newest = await looking.bring()
    card = page.locator(f'.card.is-new[data-capture="{newest.id}"]')
    await expect(card).to_have_css("animation-name", "none")
    await expect(card.locator("img")).to_have_css("animation-name", "renew")


@pytest.mark.browser
async def test_a_picture_that_does_not_come_keeps_no_verdict_waiting(looking: Looking) -> None:
    page = looking.page
    await looking.bring()
    await page.goto("/ui")
    await expect(page.locator(".card")).to_have_count(1)
    await page.route("**/thumbnail", lambda _: None)
    newest = await looking.bring(state=State.ABNORMAL)
    await expect(page.locator(f'.is-abnormal[data-capture="{newest.id}"]')).to_be_visible()


@pytest.mark.browser
async def test_what_could_not_be_asked_for_without_a_network_is_asked_for_again(
    looking: Looking,
) -> None:
    page, troubles = looking.page, list[str]()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await looking.bring()
    await page.goto("/ui")
    await page.route("**/card?*", lambda route: route.abort(), times=1)
    newest = await looking.bring()
    await expect(page.locator(f'.card[data-capture="{newest.id}"]')).to_be_visible()
    assert troubles == []


@pytest.mark.browser
async def test_what_is_done_in_one_tab_is_seen_in_the_other(looking: Looking) -> None:
    page = looking.page
    capture = await looking.bring(state=State.ABNORMAL)
    gallery = f"/ui/cameras/{looking.device.unit_id}"
    await page.goto(gallery)
    other = await page.context.new_page()
    await other.goto(f"/ui/captures/{capture.id}")
    await other.get_by_role("button", name="Normal", exact=False).first.click()
    await expect(page.locator(f"#capture-{capture.id}")).to_contain_text("You said: normal")
    await page.goto("/ui")
    await other.goto(f"/ui/devices/{looking.device.unit_id}/settings/capture")
    await other.get_by_label("Name", exact=True).fill("Press 3")
    await other.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Press 3")).to_be_visible()
    await other.goto(gallery)
    await other.get_by_text("Snooze", exact=True).click()
    await other.get_by_role("button", name="1 hour").click()
    await expect(page.get_by_text("Snoozed until")).to_be_visible()
