from dataclasses import replace

import pytest
from sqlalchemy import func, select

from cloud.accounts.models import Role
from cloud.alerts.models import ResolvedAs
from cloud.alerts.resolution import acknowledge, resolve
from cloud.kit.database import Database
from cloud.kit.queue import QueuedWork
from tests.alerts.cameras import ABNORMAL, NORMAL, UNCERTAIN, Camera, make_camera
from tests.alerts.people import choose, person
from tests.alerts.test_escalating import BOSS, escalation, wait_for_escalation
from tests.factories import make_device, make_user


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


async def test_until_somebody_chooses_the_owners_are_told(camera: Camera) -> None:
    await make_user(camera.database, camera.owner.organization_id, role=Role.MEMBER)
    await camera.judge(ABNORMAL, 0)
    assert await camera.told() == [("opened", camera.owner.email)]


async def test_each_chosen_recipient_is_told_once(camera: Camera) -> None:
    await choose(camera.database, camera.owner, emails=["a@example.test", "b@example.test"])
    await camera.judge_all("aaa")
    assert sorted(await camera.told()) == [
        ("opened", "a@example.test"),
        ("opened", "b@example.test"),
    ]


async def test_what_is_to_be_sent_is_queued(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    (delivery,) = await camera.deliveries()
    async with camera.database.work() as work:
        queued = await work.scalar(
            select(func.count()).where(
                QueuedWork.queue == "deliveries", QueuedWork.id == delivery.id
            )
        )
    assert queued == 1


async def test_nothing_is_sent_while_notifications_are_off(camera: Camera) -> None:
    await choose(camera.database, camera.owner, enabled=False)
    await camera.judge_all("ann")
    assert await camera.told() == []
    assert len(await camera.incidents()) == 1


async def test_who_was_told_hears_that_it_is_over(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    await choose(camera.database, camera.owner, emails=["new@example.test"])
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    assert await camera.told() == [
        ("opened", camera.owner.email),
        ("recovered", camera.owner.email),
    ]


async def test_a_resolution_by_hand_sends_nothing(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        incident = await camera.incident()
        await resolve(work, person(camera.owner), incident.id, ResolvedAs.REAL, None)
    assert [kind for kind, _ in await camera.told()] == ["opened"]


async def test_within_the_cooldown_an_incident_opens_and_closes_unsaid(camera: Camera) -> None:
    await camera.judge_all("annann")
    assert len(await camera.incidents()) == 2
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]


async def test_after_the_cooldown_the_next_incident_is_told(camera: Camera) -> None:
    await camera.judge_all("ann")
    await camera.let_cooldown_pass()
    await camera.judge(ABNORMAL, 5)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered", "opened"]


async def test_an_incident_that_outlasts_the_cooldown_is_told_after_all(camera: Camera) -> None:
    await camera.judge_all("anna")
    await camera.let_cooldown_pass()
    await camera.judge(ABNORMAL, 5)
    deliveries = await camera.deliveries()
    _, second = await camera.incidents()
    assert [each.kind for each in deliveries] == ["opened", "recovered", "opened"]
    assert deliveries[-1].incident_id == second.id


async def test_an_incident_that_outlasts_the_cooldown_is_told_at_its_end_whatever_comes(
    camera: Camera,
) -> None:
    await camera.judge_all("annanu")
    await wait_for_escalation(camera, 29)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]
    await wait_for_escalation(camera, 2)
    await wait_for_escalation(camera, 60)
    _, second = await camera.incidents()
    deliveries = await camera.deliveries()
    assert [each.kind for each in deliveries] == ["opened", "recovered", "opened"]
    assert deliveries[-1].incident_id == second.id


async def test_one_that_opened_again_after_its_recovery_was_told_is_told_again_at_the_end(
    camera: Camera,
) -> None:
    await camera.judge_all("ann")
    await camera.judge(ABNORMAL, 1.5)
    await wait_for_escalation(camera, 31)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered", "reminder"]
    assert [kind for kind, _ in await camera.news()][-1] == "incident.updated"


async def test_an_incident_that_is_over_when_the_cooldown_ends_is_told_to_nobody(
    camera: Camera,
) -> None:
    await camera.judge_all("annann")
    await wait_for_escalation(camera, 31)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]


async def test_what_the_cooldown_kept_back_is_escalated_from_when_it_was_told(
    camera: Camera,
) -> None:
    await choose(camera.database, camera.owner, escalation=escalation())
    await camera.judge_all("anna")
    await wait_for_escalation(camera, 31)
    assert [kind for kind, _ in await camera.told()][2:] == ["opened"]
    await wait_for_escalation(camera, 14)
    assert [kind for kind, _ in await camera.told()][2:] == ["opened"]
    await wait_for_escalation(camera, 2)
    assert (await camera.told())[3:] == [("escalated", BOSS)]


async def test_what_nobody_was_to_be_told_of_is_told_when_somebody_is(camera: Camera) -> None:
    await choose(camera.database, camera.owner, channels=[], escalation=escalation())
    await camera.judge(ABNORMAL, 0)
    await wait_for_escalation(camera, 60)
    assert await camera.told() == []
    await choose(camera.database, camera.owner, emails=["late@example.test"])
    await wait_for_escalation(camera, 0)
    assert await camera.told() == [("opened", "late@example.test")]


async def test_what_somebody_has_acknowledged_is_not_told_after_all(camera: Camera) -> None:
    await camera.judge_all("anna")
    async with camera.database.work_for(camera.owner.organization_id) as work:
        _, second = await camera.incidents()
        await acknowledge(work, person(camera.owner), second.id)
    await camera.let_cooldown_pass()
    await camera.judge(ABNORMAL, 5)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]


async def test_the_cooldown_is_each_cameras_own(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    other = replace(camera, device=await make_device(camera.database, camera.owner.organization_id))
    await other.judge(ABNORMAL, 0)
    assert [kind for kind, _ in await camera.told()] == ["opened", "opened"]


async def test_without_a_cooldown_each_incident_is_told(camera: Camera) -> None:
    await choose(camera.database, camera.owner, cooldown_minutes=0)
    await camera.judge_all("annann")
    assert [kind for kind, _ in await camera.told()] == [
        "opened",
        "recovered",
        "opened",
        "recovered",
    ]


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.long)])
async def test_a_burst_of_abnormal_verdicts_is_one_message_and_one_recovery(
    camera: Camera, count: int
) -> None:
    await choose(camera.database, camera.owner, emails=["a@example.test", "b@example.test"])
    for number in range(count):
        await camera.judge(ABNORMAL, 10 * number / count)
    for minute in (11, 12):
        await camera.judge(NORMAL, minute)
    assert (await camera.incident()).captures_count == count
    assert sorted(await camera.told()) == [
        (kind, recipient)
        for kind in ("opened", "recovered")
        for recipient in ("a@example.test", "b@example.test")
    ]


@pytest.mark.parametrize("count", [15, pytest.param(500, marks=pytest.mark.long)])
async def test_a_burst_that_comes_and_goes_is_one_message_and_one_recovery_in_a_cooldown(
    camera: Camera, count: int
) -> None:
    for number in range(count):
        await camera.judge(NORMAL if number % 5 > 1 else ABNORMAL, 10 * number / count)
    assert len(await camera.incidents()) == count // 5
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]


async def test_opened_again_after_a_recovery_was_told_is_told_again(camera: Camera) -> None:
    await camera.judge_all("ann")
    await camera.judge(ABNORMAL, 1.5)
    assert [kind for kind, _ in await camera.told()] == ["opened", "recovered"]
    await camera.let_cooldown_pass()
    await camera.judge(ABNORMAL, 3)
    await camera.judge(NORMAL, 4)
    await camera.judge(NORMAL, 5)
    assert [(each.kind, each.ordinal) for each in await camera.deliveries()] == [
        ("opened", 0),
        ("recovered", 0),
        ("reminder", 1),
        ("recovered", 1),
    ]


async def test_what_is_over_when_it_becomes_known_is_told_once(camera: Camera) -> None:
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    await camera.judge(ABNORMAL, 0)
    assert [kind for kind, _ in await camera.told()] == ["opened"]


async def test_a_camera_that_is_still_not_well_is_not_called_recovered(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    await camera.judge(ABNORMAL, 10)
    await camera.judge(NORMAL, 4)
    await camera.judge(NORMAL, 5)
    assert [kind for kind, _ in await camera.told()] == ["opened"]


async def test_uncertain_opens_where_that_was_chosen(camera: Camera) -> None:
    await choose(camera.database, camera.owner, on_uncertain=True)
    await camera.judge(UNCERTAIN, 0)
    assert [kind for kind, _ in await camera.told()] == ["opened"]
