"""Setting a camera up: what the page says while it comes, and when its code has run out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import update

from cloud.accounts.cookies import cookie_name
from cloud.devices.models import PairingCode
from cloud.devices.pairing import PAIRING_CODE_LIFE, PairingStanding
from cloud.kit.clock import rfc3339, utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.web.arriving import Stage, find_arrival
from tests.captures.pictures import draw, encode
from tests.devices.arranging import make_unit
from tests.factories import make_capture, make_device
from tests.web.conftest import Owner
from tests.web.documents import NOW, capture, device
from tests.web.driving import open_window
from tests.web.visitors import session_of

MINUTE = timedelta(minutes=1)


def standing(**changes: Any) -> PairingStanding:
    """A code of two minutes ago."""
    issued = NOW - 2 * MINUTE
    values = {"issued_at": issued, "expires_at": issued + PAIRING_CODE_LIFE, "used_at": None}
    return PairingStanding(**{**values, **changes})


LONG_AGO = {"last_seen_at": NOW - 9 * MINUTE, "latest_capture": None}
HEARD = {"last_seen_at": NOW - 0.5 * MINUTE}


@pytest.mark.parametrize(
    ("pairing", "said", "stage"),
    [
        (standing(), LONG_AGO, Stage.WAITING),
        (standing(expires_at=NOW), LONG_AGO, Stage.RUN_OUT),
        (None, {"last_seen_at": None, "latest_capture": None}, Stage.RUN_OUT),
        (standing(used_at=NOW - MINUTE), LONG_AGO, Stage.PAIRED),
        (standing(used_at=NOW - MINUTE), HEARD | {"latest_capture": None}, Stage.CONNECTED),
        (
            standing(used_at=NOW - MINUTE),
            HEARD | {"latest_capture": capture(received_at=NOW - 2 * MINUTE)},
            Stage.CONNECTED,
        ),
        (
            standing(used_at=NOW - MINUTE),
            HEARD | {"latest_capture": capture(received_at=NOW)},
            Stage.SEEN,
        ),
        (
            standing(),
            {"last_seen_at": None, "latest_capture": capture(received_at=NOW)},
            Stage.SEEN,
        ),
    ],
)
def test_only_what_came_since_the_code_counts(
    pairing: PairingStanding | None, said: dict[str, Any], stage: Stage
) -> None:
    assert find_arrival(pairing, device(**said), None, NOW).stage is stage


@pytest.fixture
async def page(
    browser: Browser, owner: Owner, base_url: str, database: Database, settings: Settings
) -> AsyncIterator[Page]:
    token = (await session_of(database, settings, owner.someone))[cookie_name(settings)]
    context = await browser.new_context(base_url=base_url)
    await context.add_cookies([{"name": cookie_name(settings), "value": token, "url": base_url}])
    window = await open_window(context)
    yield window.page
    await context.close()
    assert window.complaints == []


@pytest.mark.browser
async def test_the_page_says_the_moment_that_the_camera_is_there(
    page: Page, client: httpx2.AsyncClient, database: Database
) -> None:
    unit_id = await make_unit(database)
    await page.goto("/")
    await page.fill("#field-device_id", unit_id)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await page.fill("#field-friendly_name", "Yard")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Add camera").click()
    arrival = page.locator("#arrival")
    await expect(arrival).to_contain_text("Waiting for Yard")
    await expect(page.get_by_alt_text("QR code of the setup command")).to_be_visible()
    command = await page.get_by_role("button", name="Copy the command").get_attribute("data-copy")

    paired = await client.post("/v1/devices/pair", json={"code": str(command).rpartition(" ")[2]})
    await expect(arrival).to_contain_text("It has its key", timeout=5_000)
    await expect(page.get_by_alt_text("QR code of the setup command")).to_be_hidden()
    sender = {"Authorization": f"Bearer {paired.json()['device_key']}"}
    beat = {
        "device_version": "1.4.2",
        "uptime_seconds": 1,
        "spool": {"waiting": 0, "oldest_at": None, "dropped": 0},
        "config_version": 1,
        "sequence": {"taken": 0, "acked": 0},
    }
    await client.post(f"/v1/devices/{unit_id}/heartbeat", json=beat, headers=sender)
    await expect(arrival).to_contain_text("It is here", timeout=5_000)
    await expect(arrival).to_contain_text("version 1.4.2")
    await client.post(
        "/v1/captures",
        headers=sender,
        files={"image": encode(draw(320, 240))},
        data={"captured_at": rfc3339(utc_now())},
    )
    await expect(arrival).to_contain_text("so is its picture", timeout=5_000)
    await expect(arrival.get_by_role("link", name="Open Yard")).to_be_visible()
    await page.reload()
    assert page.url.endswith(f"/ui/devices/{unit_id}/setup")
    await expect(arrival).to_contain_text("so is its picture")


@pytest.mark.browser
async def test_a_code_that_has_run_out_is_said_and_a_new_one_offered(
    page: Page, owner: Owner, database: Database
) -> None:
    camera = await make_device(database, owner.someone.organization_id)
    await page.clock.install()
    await page.goto(f"/ui/devices/{camera.unit_id}/setup")
    await page.get_by_role("button", name="Make a new code").click()
    await expect(page.locator("#arrival")).to_contain_text("Waiting for Bench camera")
    async with database.work() as work:
        await work.execute(
            update(PairingCode)
            .where(PairingCode.device_id == camera.device_id)
            .values(expires_at=PairingCode.expires_at - PAIRING_CODE_LIFE)
        )
    await page.clock.fast_forward("15:05")
    await page.clock.resume()
    await expect(page.locator("#arrival")).to_contain_text("The code has run out")
    await expect(page.locator(".setup-command")).to_be_hidden()
    await page.get_by_role("button", name="Make a new code").click()
    await expect(page.locator(".setup-command")).to_be_visible()


async def test_the_first_picture_stays_the_first_however_many_follow(
    owner: Owner, database: Database
) -> None:
    camera = await make_device(database, owner.someone.organization_id)
    times = [utc_now() + number * MINUTE for number in (1, 2)]
    first, later = [
        await make_capture(database, camera, captured_at=at, received_at=at) for at in times
    ]
    page = (await owner.browser.get(f"/ui/devices/{camera.unit_id}/setup")).text
    steps = page[page.index("arrival-steps") : page.index("arrival-words")]
    assert [rfc3339(at) in steps for at in times] == [True, False]
    assert f"/ui/captures/{first.id}/thumbnail" in page
    assert f"/ui/captures/{later.id}/thumbnail" not in page


async def test_a_camera_whose_clock_is_behind_has_come_all_the_same(
    owner: Owner, database: Database
) -> None:
    camera = await make_device(database, owner.someone.organization_id)
    capture = await make_capture(
        database, camera, captured_at=NOW - 999 * MINUTE, received_at=utc_now() + MINUTE
    )
    page = (await owner.browser.get(f"/ui/devices/{camera.unit_id}/setup")).text
    assert "It is here, and so is its picture" in page
    assert f"/ui/captures/{capture.id}/thumbnail" in page


async def test_a_camera_that_never_came_can_be_set_up_from_the_wizard(
    owner: Owner, database: Database
) -> None:
    camera = await make_device(database, owner.someone.organization_id, friendly_name="<b>Yard</b>")
    wizard = await owner.browser.get("/ui/devices/add")
    assert "Added, but not here yet" in wizard.text
    assert f'href="/ui/devices/{camera.unit_id}/setup"' in wizard.text
    assert "&lt;b&gt;Yard&lt;/b&gt;" in wizard.text
