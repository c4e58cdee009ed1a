"""What happens when nobody acknowledges an incident in time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select, update

from cloud.accounts.models import AuditEntry
from cloud.alerts.escalating import escalate, take_escalation_turn
from cloud.alerts.models import Delivery
from cloud.alerts.queueing import ESCALATIONS
from cloud.alerts.recipients import UNCONFIRMED, Destination
from cloud.alerts.resolution import acknowledge
from cloud.alerts.snoozing import snooze
from cloud.channels.channel import ChannelKind
from cloud.kit.clock import utc_now
from cloud.kit.queue import Claim, QueuedWork
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera
from tests.alerts.people import choose, person
from tests.alerts.sending import Post
from tests.factories import signed_in

BOSS = "boss@example.test"
QUIET = [
    {
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "from": "00:00",
        "to": "24:00",
        "time_zone": "UTC",
    }
]


def escalation(*emails: str, after_minutes: int = 15) -> dict[str, Any]:
    channels = [Destination(ChannelKind.EMAIL, each) for each in emails or (BOSS,)]
    return {"after_minutes": after_minutes, "channels": channels}


@pytest.fixture
async def watched(camera: Camera) -> Camera:
    """The camera; of what nobody acknowledges for 15 minutes, the boss is told."""
    await choose(camera.database, camera.owner, escalation=escalation())
    return camera


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


async def wait_for_escalation(camera: Camera, minutes: float) -> None:
    """As if so much time had passed, and a worker had taken its turn at this organization."""
    await camera.let_cooldown_pass(minutes)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await work.execute(
            update(Delivery).values(held_until=Delivery.held_until - timedelta(minutes=minutes))
        )
        its_own = update(QueuedWork).where(
            QueuedWork.queue == ESCALATIONS.name,
            QueuedWork.organization_id == camera.owner.organization_id,
        )
        await work.execute(its_own.values(due_at=QueuedWork.due_at - timedelta(minutes=minutes)))
        rows = await work.execute(
            its_own.where(QueuedWork.due_at <= func.clock_timestamp())
            .values(lease_token=uuid4(), attempts=QueuedWork.attempts + 1)
            .returning(
                QueuedWork.id,
                QueuedWork.organization_id,
                QueuedWork.lease_token,
                QueuedWork.attempts,
                QueuedWork.queued_at,
            )
        )
        for claim in [Claim(*row) for row in rows]:
            await escalate(work, claim)


async def is_waited_for(camera: Camera) -> bool:
    async with camera.database.work() as work:
        found = select(QueuedWork.id).where(
            QueuedWork.queue == ESCALATIONS.name,
            QueuedWork.organization_id == camera.owner.organization_id,
        )
        return await work.scalar(found) is not None


async def test_what_nobody_acknowledges_in_time_is_told_to_somebody_else_once(
    watched: Camera, post: Post
) -> None:
    await watched.judge(ABNORMAL, 0)
    await wait_for_escalation(watched, 14)
    assert [kind for kind, _ in await watched.told()] == ["opened"]
    await wait_for_escalation(watched, 2)
    await wait_for_escalation(watched, 60)
    assert await watched.told() == [("opened", watched.owner.email), ("escalated", BOSS)]
    await post.send_due()
    (escalated,) = [  # both are sent at once, and either may be the first
        mail for mail in post.taker.taken if mail.data["type"] == "incident.escalated"
    ]
    assert escalated.subject == (
        "Bench camera: abnormal, and nobody has seen it — It looks abnormal."
    )
    assert "nobody has acknowledged it" in escalated.text
    assert "I have seen it" in escalated.text
    assert not await is_waited_for(watched)


async def test_a_worker_escalates_what_is_due(watched: Camera) -> None:
    await watched.judge(ABNORMAL, 0)
    await watched.let_cooldown_pass(16)
    mine = QueuedWork.organization_id == watched.owner.organization_id
    async with watched.database.work() as work:
        due = update(QueuedWork).where(QueuedWork.queue == ESCALATIONS.name, mine)
        await work.execute(due.values(due_at=utc_now() - timedelta(days=1)))
    while await is_waited_for(watched):  # others' rows may come first
        await take_escalation_turn(watched.database)
    assert ("escalated", BOSS) in await watched.told()


async def test_who_was_told_so_hears_that_it_is_over(watched: Camera) -> None:
    await watched.judge(ABNORMAL, 0)
    await wait_for_escalation(watched, 16)
    await watched.judge(NORMAL, 1)
    await watched.judge(NORMAL, 2)
    recovered = {recipient for kind, recipient in await watched.told() if kind == "recovered"}
    assert recovered == {BOSS, watched.owner.email}


async def test_what_somebody_acknowledged_or_what_is_over_is_not_escalated(
    watched: Camera,
) -> None:
    await watched.judge(ABNORMAL, 0)
    async with watched.database.work_for(watched.owner.organization_id) as work:
        await acknowledge(work, person(watched.owner), (await watched.incident()).id)
    await wait_for_escalation(watched, 16)
    assert [kind for kind, _ in await watched.told()] == ["opened"]
    assert not await is_waited_for(watched)


async def test_acknowledged_while_the_message_waits_it_is_withdrawn(
    watched: Camera, post: Post
) -> None:
    await watched.judge(ABNORMAL, 0)
    await wait_for_escalation(watched, 16)
    async with watched.database.work_for(watched.owner.organization_id) as work:
        await acknowledge(work, person(watched.owner), (await watched.incident()).id)
    await post.send_due()
    assert [(each.kind, each.status) for each in await watched.deliveries()] == [
        ("opened", "sent"),
        ("escalated", "withdrawn"),
    ]


async def test_the_time_counts_from_when_quiet_hours_let_people_hear_of_it(
    watched: Camera, post: Post
) -> None:
    await choose(watched.database, watched.owner, quiet_hours=QUIET)
    await watched.judge(ABNORMAL, 0)
    await post.send_due()
    await wait_for_escalation(watched, 60)
    assert [kind for kind, _ in await watched.told()] == ["opened"]
    assert await is_waited_for(watched)
    await choose(watched.database, watched.owner, quiet_hours=[])
    await post.let_holds_end()
    await post.send_due()
    await wait_for_escalation(watched, 14)
    assert [kind for kind, _ in await watched.told()] == ["opened"]


async def test_quiet_hours_hold_the_escalation_as_well(watched: Camera, post: Post) -> None:
    await watched.judge(ABNORMAL, 0)
    await post.send_due()
    await choose(watched.database, watched.owner, quiet_hours=QUIET)
    await wait_for_escalation(watched, 16)
    await post.send_due()
    assert [(each.kind, each.status) for each in await watched.deliveries()] == [
        ("opened", "sent"),
        ("escalated", "pending"),
    ]


async def test_while_the_camera_is_snoozed_nobody_else_is_told(watched: Camera) -> None:
    await watched.judge(ABNORMAL, 0)
    async with watched.database.work_for(watched.owner.organization_id) as work:
        until = utc_now() + timedelta(hours=1)
        await snooze(work, person(watched.owner), watched.device.unit_id, until)
    await wait_for_escalation(watched, 16)
    assert [kind for kind, _ in await watched.told()] == ["opened"]
    assert await is_waited_for(watched)


async def test_while_the_camera_is_paused_nobody_else_is_told(
    watched: Camera, owner: httpx2.AsyncClient
) -> None:
    await watched.judge(ABNORMAL, 0)
    path = f"/v1/devices/{watched.device.unit_id}"
    await owner.patch(path, json={"status": "paused"})
    await wait_for_escalation(watched, 16)
    assert [kind for kind, _ in await watched.told()] == ["opened"]
    await owner.patch(path, json={"status": "active"})
    await wait_for_escalation(watched, 16)
    assert [kind for kind, _ in await watched.told()] == ["opened", "escalated"]


async def test_a_rule_that_is_taken_away_escalates_nothing(watched: Camera) -> None:
    await watched.judge(ABNORMAL, 0)
    await choose(watched.database, watched.owner, escalation=None)
    await wait_for_escalation(watched, 16)
    assert [kind for kind, _ in await watched.told()] == ["opened"]


async def test_a_new_rule_counts_for_what_is_open(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    await camera.judge(ABNORMAL, 0)
    body = {"after_minutes": 15, "channels": [{"kind": "email", "to": BOSS}]}
    answer = await owner.put("/v1/notifications", json={"escalation": body})
    assert answer.json()["escalation"] == body
    await wait_for_escalation(camera, 16)
    assert await camera.told() == [("opened", camera.owner.email), ("escalated", BOSS)]


async def test_a_stranger_is_asked_first_and_its_channels_are_checked_like_the_others(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    stranger = {"kind": "email", "to": "stranger@elsewhere.example"}
    hook = {"kind": "webhook", "url": "https://hooks.example.com/boss"}
    body = {"after_minutes": 5, "channels": [stranger, hook, stranger]}
    chosen = (await owner.put("/v1/notifications", json={"escalation": body})).json()["escalation"]
    assert [each.get("silent") for each in chosen["channels"]] == [UNCONFIRMED, None]
    assert chosen["channels"][1]["secret"].startswith("whsec_")
    assert await camera.told() == [("confirmation", stranger["to"])]
    inside = {"kind": "webhook", "url": "https://127.0.0.1/"}
    refused = await owner.put(
        "/v1/notifications", json={"escalation": body | {"channels": [stranger, inside]}}
    )
    assert [error["field"] for error in refused.json()["errors"]] == ["escalation.channels.1.url"]
    async with camera.database.work_for(camera.owner.organization_id) as work:
        entry = (await work.session.scalars(select(AuditEntry))).one()
    assert "hooks.example.com/boss" not in str(entry.detail)
    gone = await owner.put("/v1/notifications", json={"escalation": None})
    assert gone.json()["escalation"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"after_minutes": 0, "channels": [{"kind": "email", "to": BOSS}]}, "after_minutes"),
        ({"after_minutes": 10_081, "channels": [{"kind": "email", "to": BOSS}]}, "after_minutes"),
        ({"after_minutes": 5, "channels": []}, "channels"),
        ({"after_minutes": 5}, "channels"),
        ({"channels": [{"kind": "email", "to": BOSS}]}, "after_minutes"),
        ({"after_minutes": 5, "channels": [{"kind": "email", "to": "x"}]}, "channels.0.to"),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_by_name(
    owner: httpx2.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await owner.put("/v1/notifications", json={"escalation": body})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"escalation.{field}"]
