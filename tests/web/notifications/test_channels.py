"""Who is told, chosen on the pages: for the organization and for one camera."""

import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from cloud.alerts.models import Delivery, DeliveryStatus, Recipient
from cloud.alerts.trying import TEST_MESSAGES
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.web.settings.conftest import Setting

HOOK = "https://hooks.example.com/visant/incoming"
EVERYWHERE = "/ui/notifications"


async def add(setting: Setting, page: str = EVERYWHERE, **fields: str) -> httpx2.Response:
    return await setting.browser.post(f"{page}/channels", data=fields)


async def channels_of(setting: Setting, path: str = "/v1/notifications") -> list[dict[str, Any]]:
    answer = await setting.api.get(path)
    found: list[dict[str, Any]] = answer.json()["channels"]
    return found


async def fingerprints(setting: Setting, page: str = EVERYWHERE) -> list[str]:
    """Of the channels on the page, in their order."""
    text = (await setting.browser.get(page)).text
    return re.findall(r"/channels/([0-9a-f]{64})/remove", text)


async def test_until_somebody_chooses_the_owners_are_told_and_stay_when_one_is_added(
    setting: Setting,
) -> None:
    email = setting.owner.someone.email
    page = (await setting.browser.get(EVERYWHERE)).text
    assert "the owners of Test organization are told" in page
    assert email in page
    answer = await add(setting, kind="apprise", apprise_url="ntfy://a-topic-of-ours")
    assert answer.status_code == 303
    assert [each["kind"] for each in await channels_of(setting)] == ["email", "apprise"]
    assert "the owners of" not in (await setting.browser.get(EVERYWHERE)).text


async def test_an_owner_who_was_sent_a_test_is_shown_what_came_of_it(setting: Setting) -> None:
    assert "Nothing was sent there yet." in (await setting.browser.get(EVERYWHERE)).text
    (owner,) = await fingerprints(setting)
    await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/test")
    page = (await setting.browser.get(EVERYWHERE)).text
    assert "Nothing was sent there yet." not in page
    assert "Waiting" in page


async def test_a_webhooks_secret_is_shown_once_and_a_new_one_takes_over(setting: Setting) -> None:
    answer = await add(setting, kind="webhook", webhook_url=HOOK)
    first = set(re.findall(r"whsec_[\w+/=]{20,}", answer.text))
    assert answer.status_code == 200
    assert len(first) == 1
    assert "whsec_" not in (await setting.browser.get(EVERYWHERE)).text.replace("whsec_…", "")
    fingerprint = (await fingerprints(setting))[1]
    renewed = await setting.browser.post(f"{EVERYWHERE}/channels/{fingerprint}/secret")
    second = set(re.findall(r"whsec_[\w+/=]{20,}", renewed.text))
    assert len(second) == 1
    assert second != first


async def test_a_stranger_is_asked_first_and_the_page_says_so(setting: Setting) -> None:
    answer = await add(setting, kind="email", to="night@guards.test")
    assert answer.status_code == 303
    page = (await setting.browser.get(EVERYWHERE)).text
    assert "is asked first" in page
    assert "This address has not been confirmed yet." in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "email", "to": "nobody"}, "field-to"),
        ({"kind": "email"}, "This is needed."),
        ({"kind": "webhook", "webhook_url": "https://10.0.0.1/x"}, "field-webhook_url"),
        ({"kind": "webhook", "webhook_url": HOOK, "secret": "short"}, "24 to 64 bytes"),
        ({"kind": "apprise", "apprise_url": "mailto://a:b@example.com"}, "is not supported"),
        ({"kind": "pigeon"}, "Choose e-mail, a webhook"),
    ],
)
async def test_what_is_no_channel_is_refused_at_its_field(
    setting: Setting, fields: dict[str, str], sentence: str
) -> None:
    answer = await add(setting, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "field-error" in answer.text
    typed = fields.get("to") or fields.get("webhook_url") or fields.get("apprise_url")
    assert typed is None or f'value="{typed}"' in answer.text
    assert len(await channels_of(setting)) == 1


async def test_a_removed_channel_can_be_had_back(setting: Setting) -> None:
    await add(setting, kind="apprise", apprise_url="ntfy://a-topic-of-ours")
    owner, _ = await fingerprints(setting)
    await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/remove")
    assert [each["kind"] for each in await channels_of(setting)] == ["apprise"]
    page = (await setting.browser.get(EVERYWHERE)).text
    assert f'class="undo" method="post" action="{EVERYWHERE}/channels/{owner}/restore"' in page
    await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/restore")
    assert [each["kind"] for each in await channels_of(setting)] == ["apprise", "email"]


async def test_without_a_channel_the_page_warns(setting: Setting) -> None:
    (owner,) = await fingerprints(setting)
    await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/remove")
    assert "Nobody is told." in (await setting.browser.get(EVERYWHERE)).text


async def test_adding_another_asks_nobody_again_who_wanted_no_more(
    setting: Setting, database: Database
) -> None:
    await add(setting, kind="email", to="night@guards.test")
    async with database.work_for(setting.device.organization_id) as work:
        await work.execute(
            update(Recipient)
            .where(Recipient.shown == "night@guards.test")
            .values(unsubscribed_at=utc_now(), confirmed_at=utc_now())
        )
    await add(setting, kind="apprise", apprise_url="ntfy://a-topic-of-ours")
    page = (await setting.browser.get(EVERYWHERE)).text
    assert "asked for no more messages" in page


async def test_a_camera_gets_a_list_of_its_own_and_gives_it_up(setting: Setting) -> None:
    tab = setting.page("notifications")
    own = f"/v1/devices/{setting.device.unit_id}/notifications"
    assert "The organization’s list." in (await setting.browser.get(tab)).text
    await add(setting, tab, kind="apprise", apprise_url="ntfy://only-this-camera")
    assert [each["kind"] for each in await channels_of(setting, own)] == ["email", "apprise"]
    assert [each["kind"] for each in await channels_of(setting)] == ["email"]
    assert "This camera’s own list" in (await setting.browser.get(tab)).text
    await setting.browser.post(f"{tab}/inherit", data={"name": "channels"})
    assert [each["kind"] for each in await channels_of(setting, own)] == ["email"]


async def test_a_test_goes_to_one_channel_and_its_answer_stands_beside_it(
    setting: Setting, database: Database
) -> None:
    await add(setting, kind="apprise", apprise_url="ntfy://a-topic-of-ours")
    owner, _ = await fingerprints(setting)
    answer = await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/test")
    assert answer.status_code == 303
    (queued,) = (await setting.api.get("/v1/deliveries")).json()["deliveries"]
    assert (queued["kind"], queued["recipient"]) == ("test", setting.owner.someone.email)
    async with database.work_for(setting.device.organization_id) as work:
        refused = {"status": DeliveryStatus.FAILED, "last_answer": "550 no such mailbox"}
        await work.execute(update(Delivery).values(refused))
    page = (await setting.browser.get(EVERYWHERE)).text
    assert "“550 no such mailbox”" in page
    assert "every 2s" not in page
    cameras = (await setting.browser.get("/ui")).text
    assert f"Messages do not reach {setting.owner.someone.email}" in cameras
    await setting.browser.post(f"{EVERYWHERE}/channels/{owner}/test")
    assert "Messages do not reach" in (await setting.browser.get("/ui")).text
    async with database.work_for(setting.device.organization_id) as work:
        waiting = update(Delivery).where(Delivery.status == DeliveryStatus.PENDING)
        await work.execute(waiting.values(status=DeliveryStatus.SENT))
    assert "Messages do not reach" not in (await setting.browser.get("/ui")).text


async def test_a_viewer_reads_and_changes_nothing(
    setting: Setting, viewer: httpx2.AsyncClient
) -> None:
    for page in (EVERYWHERE, setting.page("notifications")):
        text = (await viewer.get(page)).text
        assert setting.owner.someone.email in text
        assert "Add a channel" not in text
        answer = await viewer.post(f"{page}/channels", data={"kind": "email", "to": "a@b.test"})
        assert answer.status_code == 403


async def test_a_message_is_sent_again_from_the_list_once(
    setting: Setting, database: Database
) -> None:
    await add(setting, kind="webhook", webhook_url=HOOK)
    fingerprint = (await fingerprints(setting))[1]
    tried = await setting.browser.post(f"{EVERYWHERE}/channels/{fingerprint}/test")
    assert tried.status_code == 303
    organization_id = setting.owner.someone.organization_id
    async with database.work_for(organization_id) as work:
        failed = update(Delivery).values(status=DeliveryStatus.FAILED).returning(Delivery.id)
        (delivery_id,) = (await work.execute(failed)).scalars()
    said = []
    for _ in range(2):
        answer = await setting.browser.post(f"/ui/deliveries/{delivery_id}/redeliver")
        said.append((await setting.browser.get(answer.headers["location"])).text)
    assert "It is being sent again." in said[0]
    assert "Not sent: it is on its way already" in said[1]


async def test_too_many_tests_are_refused_on_the_page(setting: Setting) -> None:
    await add(setting, kind="webhook", webhook_url=HOOK)
    fingerprint = (await fingerprints(setting))[1]
    path = f"{EVERYWHERE}/channels/{fingerprint}/test"
    answers = [await setting.browser.post(path) for _ in range(TEST_MESSAGES.burst + 1)]
    assert [answer.status_code for answer in answers] == [303] * TEST_MESSAGES.burst + [429]
    assert "That was too often." in answers[-1].text
