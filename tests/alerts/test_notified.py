"""When somebody was first told of it, among the times of the capture that opened an incident."""

from datetime import datetime, timedelta

from cloud.alerts.models import Delivery
from cloud.captures.models import Capture
from tests.alerts.cameras import ABNORMAL, Camera
from tests.alerts.people import choose
from tests.alerts.sending import DOWN, Post
from tests.alerts.test_gathering import fill_the_hour, let_the_hour_pass
from tests.factories import signed_in


async def notified_at(camera: Camera, capture: Capture, base_url: str) -> datetime | None:
    async with signed_in(base_url, camera.owner) as client:
        timing = (await client.get(f"/v1/captures/{capture.id}")).json()["timing"]
    return datetime.fromisoformat(timing["notified"]) if "notified" in timing else None


async def sent(camera: Camera) -> list[Delivery]:
    return [each for each in await camera.deliveries() if each.status == "sent"]


async def test_the_capture_that_opened_an_incident_says_when_somebody_was_told(
    camera: Camera, post: Post, base_url: str
) -> None:
    await camera.configure(open_after=2, of=2)
    first, opening, joining = await camera.judge_all("aaa")
    assert await notified_at(camera, opening, base_url) is None
    await post.send_due()
    told_at = await notified_at(camera, opening, base_url)
    (delivery,) = await sent(camera)
    assert told_at is not None
    assert delivery.sent_at is not None
    assert abs(told_at - delivery.sent_at) < timedelta(seconds=10)
    for other in (first, joining):
        assert await notified_at(camera, other, base_url) is None


async def test_nobody_was_told_by_a_message_that_nobody_took(
    camera: Camera, post: Post, base_url: str
) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    post.taker.refusal = DOWN
    await post.send_due()
    assert await notified_at(camera, capture, base_url) is None


async def test_only_the_first_message_counts(camera: Camera, post: Post, base_url: str) -> None:
    await choose(camera.database, camera.owner, emails=["ann@example.test", "bob@example.test"])
    capture = await camera.judge(ABNORMAL, 0)
    one, other = await post.claim()
    await post.sender.send(one)
    told_at = await notified_at(camera, capture, base_url)
    assert told_at is not None
    await post.sender.send(other)
    assert len(await sent(camera)) == 2
    assert await notified_at(camera, capture, base_url) == told_at


async def test_a_digest_tells_of_all_that_it_took(
    camera: Camera, post: Post, base_url: str
) -> None:
    await fill_the_hour(camera)
    capture = await camera.judge(ABNORMAL, 0)
    await post.send_due()
    assert await notified_at(camera, capture, base_url) is None
    await let_the_hour_pass(camera, post)
    await post.send_due()
    assert await notified_at(camera, capture, base_url) is not None
