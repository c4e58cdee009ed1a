"""Messages that are held back: while a camera is snoozed, and in quiet hours."""

from datetime import timedelta
from typing import Any

import pytest

from cloud.alerts.models import DeliveryStatus, HeldBy, ResolvedAs
from cloud.alerts.resolution import acknowledge, resolve
from cloud.alerts.trying import redeliver, send_test
from cloud.kit.clock import utc_now
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera
from tests.alerts.people import choose, person
from tests.alerts.sending import DOWN, Post
from tests.factories import signed_in

Quiet = list[dict[str, Any]]


def quiet_now() -> Quiet:
    """Quiet hours that began an hour ago and go on for another two."""
    begin, end = (f"{utc_now() + timedelta(hours=hours):%H:00}" for hours in (-1, 2))
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return [{"days": days, "from": begin, "to": end, "time_zone": "UTC"}]


@pytest.fixture
async def quiet(camera: Camera) -> Camera:
    """The camera, in quiet hours."""
    await choose(camera.database, camera.owner, quiet_hours=quiet_now())
    return camera


async def statuses(camera: Camera) -> list[tuple[str, str]]:
    return [(each.kind, each.status) for each in await camera.deliveries()]


async def test_what_comes_due_in_quiet_hours_waits_for_their_end(quiet: Camera, post: Post) -> None:
    await quiet.judge(ABNORMAL, 0)
    await post.send_due()
    assert post.taker.taken == []
    (held,) = await quiet.deliveries()
    assert (held.status, held.held_by, held.attempts) == ("pending", HeldBy.QUIET_HOURS, 0)
    assert held.held_until is not None
    assert timedelta(hours=1) < held.held_until - utc_now() <= timedelta(hours=2)


async def test_when_they_are_over_each_incident_is_told_once_as_it_then_is(
    quiet: Camera, post: Post
) -> None:
    await quiet.judge_all("aaa")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    (message,) = post.taker.taken
    assert message.data["data"]["captures_count"] == 3
    assert "3 pictures" in message.text
    assert await statuses(quiet) == [("opened", "sent")]


async def test_what_is_over_by_then_is_told_to_nobody_and_says_so(
    quiet: Camera, post: Post
) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    assert post.taker.taken == []
    opened, recovered = await quiet.deliveries()
    assert (opened.status, recovered.status) == ("withdrawn", "withdrawn")
    assert opened.last_answer == "It was over by then."


async def test_programs_read_of_what_was_over_by_then_as_failed_with_the_reason(
    quiet: Camera, post: Post, base_url: str
) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    async with signed_in(base_url, quiet.owner) as client:
        listed = (await client.get("/v1/deliveries")).json()["deliveries"]
        path = f"/v1/incidents/{(await quiet.incident()).id}"
        of_incident = (await client.get(path)).json()["deliveries"]
    assert listed == of_incident[::-1]
    opened = of_incident[0]
    assert (opened["status"], opened["withdrawn"]) == ("failed", True)
    assert opened["last_answer"] == "It was not sent. It was over by then."


async def test_what_somebody_has_seen_by_then_is_not_told(quiet: Camera, post: Post) -> None:
    await quiet.judge(ABNORMAL, 0)
    await post.send_due()
    async with quiet.database.work_for(quiet.owner.organization_id) as work:
        await acknowledge(work, person(quiet.owner), (await quiet.incident()).id)
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    assert (post.taker.taken, await statuses(quiet)) == ([], [("opened", "withdrawn")])


async def test_who_was_told_before_hears_after_the_quiet_that_it_is_over(
    camera: Camera, post: Post
) -> None:
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    await choose(camera.database, camera.owner, quiet_hours=quiet_now())
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    await post.send_due()
    assert await statuses(camera) == [("opened", "sent"), ("recovered", "pending")]
    await choose(camera.database, camera.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    assert await statuses(camera) == [("opened", "sent"), ("recovered", "sent")]


async def test_one_that_could_not_be_sent_before_the_quiet_waits_as_well(
    camera: Camera, post: Post
) -> None:
    await camera.judge(ABNORMAL, 0)
    post.taker.refusal = DOWN
    await post.sender.send(await post.claim_one())
    await choose(camera.database, camera.owner, quiet_hours=quiet_now())
    post.taker.refusal = None
    await post.let_holds_end()
    await post.send_due()
    assert post.taker.taken == []
    (held,) = await camera.deliveries()
    assert (held.status, held.held_by, held.attempts) == ("pending", HeldBy.QUIET_HOURS, 1)


async def test_what_was_withdrawn_does_not_keep_the_next_incident_quiet(
    quiet: Camera, post: Post
) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    await quiet.judge(ABNORMAL, 5)
    await post.send_due()
    assert post.taker.subjects == ["Bench camera: abnormal — It looks abnormal."]


async def test_one_that_is_held_and_over_does_not_either(quiet: Camera, post: Post) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await quiet.judge(ABNORMAL, 5)
    assert [kind for kind, _ in await quiet.told()] == ["opened", "recovered", "opened"]


async def test_an_incident_that_opens_again_after_its_message_was_withdrawn_is_told(
    quiet: Camera, post: Post
) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    await quiet.judge(ABNORMAL, 1.5)
    await post.send_due()
    assert post.taker.subjects == ["Bench camera: abnormal — It looks abnormal."]
    assert (await quiet.deliveries())[-1].kind == "opened"


async def test_what_went_out_after_the_quiet_starts_the_cooldown(quiet: Camera, post: Post) -> None:
    await quiet.judge(ABNORMAL, 0)
    await post.send_due()
    await quiet.let_cooldown_pass()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    for minute, state in enumerate((NORMAL, NORMAL, ABNORMAL), start=1):
        await quiet.judge(state, minute)
    assert [kind for kind, _ in await quiet.told()] == ["opened", "recovered"]


async def test_a_manual_resolution_withdraws_what_is_held(quiet: Camera, post: Post) -> None:
    await quiet.judge(ABNORMAL, 0)
    await post.send_due()
    async with quiet.database.work_for(quiet.owner.organization_id) as work:
        incident = await quiet.incident()
        await resolve(work, person(quiet.owner), incident.id, ResolvedAs.FALSE_ALARM, None)
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    assert await statuses(quiet) == [("opened", "withdrawn")]


async def test_other_hours_count_at_once_for_what_is_held(
    quiet: Camera, post: Post, base_url: str
) -> None:
    await quiet.judge(ABNORMAL, 0)
    await post.send_due()
    async with signed_in(base_url, quiet.owner) as client:
        own = f"/v1/devices/{quiet.device.unit_id}/notifications"
        answer = await client.put(own, json={"quiet_hours": []})
    assert answer.json()["own"] == ["quiet_hours"]
    await post.send_due()
    assert await statuses(quiet) == [("opened", "sent")]


async def test_what_somebody_asks_for_now_is_not_held(quiet: Camera, post: Post) -> None:
    async with quiet.database.work_for(quiet.owner.organization_id) as work:
        await send_test(work, person(quiet.owner), None)
    await post.send_due()
    assert len(post.taker.taken) == 1


async def test_what_was_withdrawn_can_be_sent_by_hand(quiet: Camera, post: Post) -> None:
    await quiet.judge_all("ann")
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    await choose(quiet.database, quiet.owner, quiet_hours=quiet_now())
    opened = (await quiet.deliveries())[0]
    async with quiet.database.work_for(quiet.owner.organization_id) as work:
        await redeliver(work, person(quiet.owner), opened.id)
    await post.send_due()
    assert (await quiet.deliveries())[0].status == DeliveryStatus.SENT
