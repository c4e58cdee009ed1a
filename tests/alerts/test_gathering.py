"""At most 60 messages an hour to one recipient; what comes beyond is told in one."""

from dataclasses import replace
from datetime import timedelta

import httpx2
from sqlalchemy import update

from cloud.alerts.gathering import MOST_AN_HOUR, MOST_QUESTIONS_AN_HOUR
from cloud.alerts.models import Delivery, DeliveryKind, HeldBy
from cloud.alerts.recipients import email_recipient, keep
from cloud.alerts.snoozing import snooze
from cloud.alerts.trying import redeliver
from cloud.kit.clock import utc_now
from cloud.kit.ids import new_id
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera
from tests.alerts.people import choose, person
from tests.alerts.sending import DOWN, REFUSED, Post
from tests.factories import make_device, signed_in


async def fill_the_hour(camera: Camera, count: int = MOST_AN_HOUR) -> None:
    """As if so many messages had gone to the owner within the last half hour."""
    async with camera.database.work_for(camera.owner.organization_id) as work:
        recipient = await keep(work, email_recipient(camera.owner.email))
        for number in range(count):
            work.add(
                Delivery(
                    id=new_id(),
                    organization_id=work.organization_id,
                    kind=DeliveryKind.OPENED,
                    channel=recipient.channel,
                    recipient=recipient.shown,
                    recipient_id=recipient.id,
                    status="sent",
                    admitted_at=utc_now() - timedelta(minutes=30, seconds=-number),
                )
            )


async def let_the_hour_pass(camera: Camera, post: Post) -> None:
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(
            update(Delivery).values(admitted_at=Delivery.admitted_at - timedelta(minutes=31))
        )
    await post.let_holds_end()


async def more_cameras(camera: Camera, count: int) -> list[Camera]:
    organization_id = camera.owner.organization_id
    names = (f"Camera {number}" for number in range(count))
    return [
        replace(
            camera, device=await make_device(camera.database, organization_id, friendly_name=name)
        )
        for name in names
    ]


async def of_incidents(camera: Camera) -> list[Delivery]:
    return [each for each in await camera.deliveries() if each.incident_id or each.held_by]


async def test_the_last_place_of_an_hour_is_still_a_message_of_its_own(
    camera: Camera, post: Post
) -> None:
    await fill_the_hour(camera, MOST_AN_HOUR - 1)
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    assert post.taker.subjects == ["Bench camera: abnormal — It looks abnormal."]


async def test_what_comes_beyond_is_told_in_one_message_at_the_end_of_the_hour(
    camera: Camera, post: Post, base_url: str
) -> None:
    await fill_the_hour(camera)
    for each in await more_cameras(camera, 3):
        await each.judge(ABNORMAL, 0)
    await post.send_due()
    assert post.taker.taken == []
    async with signed_in(base_url, camera.owner) as client:
        shown = await deliveries_of(client)
    (digest,) = (each for each in shown if each["kind"] == "digest")
    members = [each for each in shown if each["gathered_into"]]
    assert {each["gathered_into"] for each in members} == {digest["id"]}
    assert [(each["status"], each["held_by"]) for each in members] == [
        ("pending", "hourly_cap")
    ] * 3
    await let_the_hour_pass(camera, post)
    await post.send_due()
    (message,) = post.taker.taken
    assert message.subject == "Test organization: 3 messages in one"
    for name in ("Camera 0", "Camera 1", "Camera 2"):
        assert f"{name}: abnormal — It looks abnormal." in message.text
        assert name in message.html
    assert message.data["data"]["messages_count"] == 3
    async with signed_in(base_url, camera.owner) as client:
        shown = await deliveries_of(client)
    assert [each["status"] for each in shown if each["gathered_into"]] == ["sent"] * 3


async def deliveries_of(client: httpx2.AsyncClient) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await client.get("/v1/deliveries")).json()["deliveries"]
    return found


async def test_a_digest_tells_how_things_are_when_it_goes(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera)
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    await post.send_due()
    await let_the_hour_pass(camera, post)
    await post.send_due()
    (message,) = post.taker.taken
    assert ", over" in message.text
    statuses = {each.kind: each.status for each in await of_incidents(camera)}
    assert statuses == {"opened": "sent", "digest": "sent", "recovered": "withdrawn"}


async def test_another_recipient_is_told_at_once(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera)
    await choose(camera.database, camera.owner, emails=[camera.owner.email, "ann@example.test"])
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    assert [message.to for message in post.taker.taken] == ["ann@example.test"]


async def test_each_try_of_a_message_is_one_message(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera, MOST_AN_HOUR - 1)
    await camera.judge(ABNORMAL, 0)
    post.taker.refusal = DOWN
    await post.sender.send(await post.claim_one())
    post.taker.refusal = None
    await post.let_holds_end()
    await post.send_due()
    assert len(post.taker.taken) == 1


async def test_what_a_digest_took_shares_its_fate(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera)
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    await let_the_hour_pass(camera, post)
    post.taker.refusal = REFUSED
    await post.send_due()
    found = [(each.status, each.last_answer) for each in await of_incidents(camera)]
    assert found == [("failed", "550 no such mailbox")] * 2


async def test_a_message_that_was_gathered_can_be_sent_by_hand(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera)
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    await let_the_hour_pass(camera, post)
    await post.send_due()
    (opened,) = (each for each in await of_incidents(camera) if each.kind == "opened")
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await redeliver(work, person(camera.owner), opened.id)
    await post.send_due()
    assert post.taker.subjects[-1] == "Bench camera: abnormal — It looks abnormal."


async def test_a_digest_gives_back_what_is_snoozed_by_then(camera: Camera, post: Post) -> None:
    await fill_the_hour(camera)
    (other,) = await more_cameras(camera, 1)
    for each in (camera, other):
        await each.judge(ABNORMAL, 0)
    await post.send_due()
    async with camera.database.work_for(camera.owner.organization_id) as work:
        until = utc_now() + timedelta(hours=1)
        await snooze(work, person(camera.owner), camera.device.unit_id, until)
    await let_the_hour_pass(camera, post)
    await post.send_due()
    (message,) = post.taker.taken
    assert "Camera 0" in message.text
    assert "Bench camera" not in message.text
    (held,) = (each for each in await of_incidents(camera) if each.held_by == HeldBy.SNOOZE)
    assert (held.status, held.gathered_into) == ("pending", None)


async def test_an_organization_asks_so_many_strangers_an_hour_and_the_others_later(
    camera: Camera, post: Post
) -> None:
    count = MOST_QUESTIONS_AN_HOUR + 2
    for first in range(0, count, 11):
        emails = [f"s{first + number}@elsewhere.example" for number in range(11)]
        await choose(camera.database, camera.owner, emails=emails)
    await post.send_due()
    assert len(post.taker.taken) == MOST_QUESTIONS_AN_HOUR
    waiting = [each for each in await camera.deliveries() if each.status == "pending"]
    assert [each.held_by for each in waiting] == [HeldBy.HOURLY_CAP] * 2
    await let_the_hour_pass(camera, post)
    await let_the_hour_pass(camera, post)
    await post.send_due()
    assert len({message.to for message in post.taker.taken}) == count
