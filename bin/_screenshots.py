"""Takes a picture of every page: `bin/screenshots [FOLDER] [--docs]`.

Runs the demonstration until something abnormal was seen and told, then goes through all pages that
the application has, on a phone and on a desktop, light and dark. The pictures go to FOLDER
(screenshots); with --docs those that the documentation shows are put into its folder as well.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy import make_url

from bin import _browser
from bin._demo.cameras import INTERVAL_SECONDS, SCENES, Played, play_scene
from bin._demo.operator import EMAIL, PASSWORD, Operator
from bin._demo.processes import Processes, choose_port, leave_blocks_on_sigterm
from bin._pages import SomePage, list_pages
from cloud.app import make_app
from cloud.kit.access import Audience
from cloud.kit.settings import Settings, Workers

SPEED = 2.0
PATIENCE_SECONDS = 240
Theme = Literal["light", "dark"]
SIZES: Mapping[str, Mapping[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}
THEMES: tuple[Theme, ...] = ("light", "dark")
SETTLED_MILLISECONDS = 500
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")

DOCS = Path("docs/screenshots")
IN_DOCS = {
    "ui-desktop-light": "cameras",
    "ui-cameras-device_id-desktop-light": "camera",
    "ui-cameras-device_id-phone-dark": "camera-phone",
    "ui-incidents-incident_id-desktop-light": "incident",
    "ui-review-desktop-light": "review",
    "ui-notifications-desktop-light": "notifications",
    "ui-devices-device_id-settings-verdict-desktop-light": "verdict",
    "ui-devices-add-desktop-light": "add-camera",
    "ui-devices-device_id-settings-description-desktop-light": "description",
    "ui-devices-device_id-settings-capture-desktop-light": "capture-settings",
    "ui-devices-device_id-settings-schedules-desktop-light": "schedules",
    "ui-devices-device_id-settings-privacy-desktop-light": "privacy",
    "ui-devices-device_id-settings-danger-desktop-light": "danger",
    "ui-captures-record_id-desktop-light": "viewer",
    "s-token-phone-light": "shared-phone",
    "ui-settings-members-desktop-light": "members",
    "ui-settings-usage-desktop-light": "usage",
    "ui-settings-data-desktop-light": "your-data",
}
"""Which pictures the documentation shows, and as what: each as much as a window shows."""

IN_WINDOW = "-window"

ALL_DRAWN = """() => Promise.all([...document.images].map((picture) => {
  picture.loading = "eager"; // as if somebody had read the page to its end
  return picture.decode().catch(() => undefined); // one that is not there stays as it is
}))"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", default="screenshots")
    parser.add_argument("--docs", action="store_true", help="renew the documentation's pictures")
    options = parser.parse_args()
    folder = Path(os.environ.get("CALLED_FROM", "."), options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    browser = _browser.find_or_install()
    if not browser:
        print("No Chromium here: install one, or name it in VISANT_TEST_BROWSER.", file=sys.stderr)
        return 1
    leave_blocks_on_sigterm()
    with Processes() as processes, _demonstration(processes) as (url, ids):
        faulty = take_all(browser, url, ids, folder)
    if options.docs:
        DOCS.mkdir(exist_ok=True)
        for picture, name in IN_DOCS.items():
            shutil.copy(folder / f"{picture}{IN_WINDOW}.png", DOCS / f"{name}.png")
    for line in faulty:
        print(line, file=sys.stderr)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 1 if faulty else 0


@contextmanager
def _demonstration(processes: Processes) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A server with cameras at work; its address, and what stands for ids in addresses."""
    port = choose_port(0)
    environment = {
        "VISANT_DATA_DIR": str(processes.folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PLATFORM_ADMIN_EMAILS": EMAIL,
        "DEFAULT_DEVICE_LIMIT": "10",
    }
    url = processes.start_server(port, environment)
    with Operator(url, processes.folder) as operator:
        operator.sign_up()
        code = operator.make_code()
        interval = INTERVAL_SECONDS / SPEED
        cameras = [play_scene(processes, operator, scene, interval) for scene in SCENES]
        incident = _wait_for_incident(operator, cameras)
        shared = operator.share(incident["device_id"])
        yield (
            url,
            {
                "share_link_id": shared["id"],
                "token": shared["token"],
                "shared_id": operator.gallery(shared["token"])[0]["id"],
                "device_id": incident["device_id"],
                "record_id": incident["latest_capture"]["record_id"],
                "incident_id": incident["id"],
                "version": "1",
                "help_page": "verdicts",
                "code": code,
                "mail_id": max((processes.folder / "mailbox").glob("*.eml")).stem,
            },
        )


def _wait_for_incident(operator: Operator, cameras: list[Played]) -> dict[str, Any]:
    """Teach the cameras until something abnormal was seen and a mail of it was sent."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for played in cameras:
            if not played.is_taught:
                played.teach(operator, operator.latest_captures(played.camera))
        incidents = operator.incidents()
        if incidents and any(one["status"] == "sent" for one in operator.deliveries()):
            return incidents[0]
        time.sleep(1)
    raise SystemExit("Nothing abnormal was seen in time.")


def take_all(browser: str, url: str, ids: Mapping[str, str], folder: Path) -> list[str]:
    """Picture every page; what was wrong with any of them, a line each."""
    faulty: list[str] = []
    pages = list_all_pages(url, ids)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        for size in SIZES:
            for theme in THEMES:
                faulty += _take(chromium, url, pages, folder, size, theme)
        chromium.close()
    return faulty


def list_all_pages(url: str, ids: Mapping[str, str]) -> list[SomePage]:
    settings = Settings(_env_file=None, public_url=url, workers=Workers.OFF)
    app = make_app(settings, make_url("postgresql://nowhere"))
    return list_pages(app.state.routes, ids)


def _take(
    chromium: Browser, url: str, pages: list[SomePage], folder: Path, size: str, theme: Theme
) -> list[str]:
    context = chromium.new_context(
        base_url=url,
        **SIZES[size],
        color_scheme=theme,
        reduced_motion="reduce",  # or a card would be caught as it appears
    )
    page = context.new_page()
    faulty: list[str] = []

    def take(*, of_strangers: bool) -> None:
        for one in pages:
            if (one.audience is Audience.ANYONE) == of_strangers:
                file = folder / f"{one.name}-{size}-{theme}.png"
                faulty.extend(_picture(page, one.path, file))

    take(of_strangers=True)
    page.goto("/login")
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_url("**/ui*")
    take(of_strangers=False)
    context.close()
    return faulty


def _picture(page: Page, path: str, file: Path) -> list[str]:
    """Take it, unless what is there is a part of a page, a picture, or a way to another page.

    What the browser complained of there.
    """
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(f"{path}: {said.text}")

    page.on("console", hear)
    answer = page.goto(path)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    page.remove_listener("console", hear)
    if answer is None or not answer.ok or answer.request.redirected_from is not None:
        return []
    if "text/html" not in answer.headers["content-type"] or "<html" not in answer.text()[:500]:
        return []
    page.evaluate(ALL_DRAWN)
    page.screenshot(path=file, full_page=True)
    if file.stem in IN_DOCS:
        page.evaluate(ALL_DRAWN)
        page.screenshot(path=file.with_stem(file.stem + IN_WINDOW))
    return complaints


if __name__ == "__main__":
    sys.exit(main())
