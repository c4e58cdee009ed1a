"""People in front of a dashboard: one real browser, and many who only follow as its page does."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from tests.factories import Someone

SLOWER = 4
"""How many times the browser's processor is slowed down where paints are measured."""

SETTLED_MILLISECONDS = 1500
REFRESHED_SECONDS = (0.4, 2.4)
"""When a page refreshes its parts, at least and at most (`live-parts.js`)."""

PAINTS = """
window.paints = {lcp: 0, shift: 0, blocked: 0};
const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
  .observe({type, buffered: true});
watch("largest-contentful-paint", (entry) => { window.paints.lcp = entry.startTime; });
watch("layout-shift", (entry) => {
  if (!entry.hadRecentInput) window.paints.shift += entry.value;
});
watch("longtask", (entry) => { window.paints.blocked += Math.max(0, entry.duration - 50); });
"""

SHOW_ALL = """() => { for (const picture of document.images) picture.loading = "eager"; }"""
"""As if somebody had read the page to its end."""

ALL_THERE = "[...document.images].every((picture) => picture.complete)"
PATIENCE_SECONDS = 20.0

SHOWN = """(record) => new Promise((resolve) => {
  const look = () => {
    const picture = document.querySelector(`[data-capture="${record}"] img`);
    if (picture && !picture.complete) picture.loading = "eager";  // its card may have moved away
    if (picture?.complete && picture.naturalWidth) resolve(Date.now() / 1000);
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True)
class Paints:
    """Of one visit with nothing in the cache. Milliseconds, and the shift without a unit."""

    largest_ms: float
    blocked_ms: float
    shift: float


@dataclass
class Traffic:
    """What came over the wire for a page; what its stream brings does not count."""

    pictures: int = 0
    bytes_without_pictures: int = 0
    _kinds: dict[str, str] = field(default_factory=dict)
    _cached: set[str] = field(default_factory=set)

    async def follow(self, page: Page) -> CDPSession:
        session = await page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.requestServedFromCache", self._came_from_cache)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        await session.send("Network.enable")
        return session

    def _sent(self, event: dict[str, Any]) -> None:
        kind = "picture" if event["request"]["url"].endswith("/thumbnail") else "file"
        self._kinds[event["requestId"]] = kind

    def _came_from_cache(self, event: dict[str, Any]) -> None:
        self._cached.add(event["requestId"])

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._cached:
            return
        if self._kinds.get(event["requestId"]) == "picture":
            self.pictures += 1
        else:
            self.bytes_without_pictures += int(event["encodedDataLength"])


@asynccontextmanager
async def visitor(browser: Browser, url: str, session: str) -> AsyncIterator[BrowserContext]:
    """Somebody signed in, with an empty cache."""
    context = await browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    await context.add_cookies([{"name": "visant", "value": session, "url": url}])
    yield context
    await context.close()


async def watch_paints(context: BrowserContext, path: str) -> Paints:
    """Visit a page with a slow processor, and see when it was drawn and how long it hung."""
    page = await context.new_page()
    await page.add_init_script(PAINTS)
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(path, wait_until="load")
    await page.wait_for_timeout(SETTLED_MILLISECONDS)
    paints = await page.evaluate("window.paints")
    await page.close()
    return Paints(paints["lcp"], paints["blocked"], paints["shift"])


async def weigh_visit(context: BrowserContext, path: str) -> tuple[Traffic, float]:
    """What a visit brings over the wire, and how many milliseconds it takes to be complete."""
    page, traffic = await context.new_page(), Traffic()
    await traffic.follow(page)
    await page.goto(path, wait_until="load")
    took = await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    await page.evaluate(SHOW_ALL)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await page.evaluate(ALL_THERE):
            await page.wait_for_timeout(100)
    await page.wait_for_timeout(SETTLED_MILLISECONDS)
    await page.close()
    return traffic, float(took)


class Follower:
    """A dashboard without a screen: it follows the stream, and reads what the page would read."""

    def __init__(self, client: aiohttp.ClientSession, someone: Someone) -> None:
        self._client = client
        self._headers = someone.headers
        self._reading: set[asyncio.Task[None]] = set()
        self.connected = asyncio.Event()
        self.cards = 0

    async def follow(self) -> None:
        stream = self._client.get("/v1/capture-events/stream", headers=self._headers)
        async with stream as answer:
            number = name = ""
            async for line in answer.content:
                field, _, value = line.decode().rstrip().partition(": ")
                if field == "id":
                    number = value
                elif field == "event":
                    name = value
                elif field == "data":
                    self._hear(number, name, json.loads(value))

    def _hear(self, number: str, name: str, data: dict[str, Any]) -> None:
        if name == "connected":
            self.connected.set()
        elif name in {"capture.received", "capture.evaluated"}:
            path = f"/ui/captures/{data['record_id']}/card?view=grid"
            self._read_soon(path, number, 0)
        elif name.startswith(("incident.", "device.")):
            self._read_soon("/ui", number, random.uniform(*REFRESHED_SECONDS))  # noqa: S311  # no secret

    def _read_soon(self, path: str, event: str, seconds: float) -> None:
        task = asyncio.create_task(self._read(path, event, seconds))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, path: str, event: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        headers = {**self._headers, "Visant-Event": event}
        async with self._client.get(path, headers=headers) as answer:
            await answer.read()
            self.cards += answer.ok and path != "/ui"


@asynccontextmanager
async def many_following(
    url: str, people: Sequence[Someone], count: int
) -> AsyncIterator[list[Follower]]:
    """So many dashboards, all of them connected."""
    connector = aiohttp.TCPConnector(limit=0)
    patience = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(url, connector=connector, timeout=patience) as client:
        followers = [Follower(client, people[number % len(people)]) for number in range(count)]
        tasks = [asyncio.create_task(one.follow()) for one in followers]
        await asyncio.gather(*(one.connected.wait() for one in followers))
        yield followers
        await _end(tasks)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, aiohttp.ClientError):
            await task
