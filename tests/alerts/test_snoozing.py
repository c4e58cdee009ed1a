from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from cloud.accounts.models import AuditEntry, Role
from cloud.alerts.models import HeldBy
from cloud.kit.clock import rfc3339, utc_now
from tests.alerts.cameras import ABNORMAL, NORMAL, Camera
from tests.alerts.sending import Post
from tests.factories import make_user, signed_in


@pytest.fixture
async def owner(base_url: str, camera: Camera) -> AsyncIterator[httpx2.AsyncClient]:
    async with signed_in(base_url, camera.owner) as client:
        yield client


def path_of(camera: Camera) -> str:
    return f"/v1/devices/{camera.device.unit_id}/snooze"


def ahead(**span: float) -> dict[str, Any]:
    return {"until": rfc3339(utc_now() + timedelta(**span))}


async def test_a_snoozed_camera_says_until_when_everywhere(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    await camera.judge(ABNORMAL, 0)
    body = ahead(hours=1)
    answer = await owner.post(path_of(camera), json=body)
    assert answer.json() == {"device_id": camera.device.unit_id, "snoozed_until": body["until"]}
    device = await owner.get(f"/v1/devices/{camera.device.unit_id}")
    (incident,) = (await owner.get("/v1/incidents")).json()["incidents"]
    assert device.json()["snoozed_until"] == incident["snoozed_until"] == body["until"]
    news = {kind: document["snoozed_until"] for kind, document in (await camera.news())[1:]}
    assert set(news) == {"incident.updated", "device.presence"}
    assert set(news.values()) == {body["until"]}


async def test_during_a_snooze_incidents_open_and_count_and_nobody_is_told(
    owner: httpx2.AsyncClient, camera: Camera, post: Post
) -> None:
    await owner.post(path_of(camera), json=ahead(days=30))
    await camera.judge_all("aaa")
    await post.send_due()
    assert post.taker.taken == []
    assert (await camera.incident()).captures_count == 3
    (delivery,) = (await owner.get("/v1/deliveries")).json()["deliveries"]
    assert (delivery["status"], delivery["held_by"]) == ("pending", "snooze")
    shown = (await owner.get(f"/v1/incidents/{delivery['incident_id']}")).json()
    assert shown["timeline"][-1]["text"] == (
        f"{camera.owner.email} is told of it when the camera’s snooze ends."
    )


async def test_when_it_ends_by_itself_what_lasts_is_told(
    owner: httpx2.AsyncClient, camera: Camera, post: Post
) -> None:
    await owner.post(path_of(camera), json=ahead(hours=1))
    await camera.judge(ABNORMAL, 0)
    await post.send_due()
    (delivery,) = await camera.deliveries()
    assert delivery.held_by == HeldBy.SNOOZE
    await camera.end_snooze()
    await post.let_holds_end()
    await post.send_due()
    assert post.taker.subjects == ["Bench camera: abnormal — It looks abnormal."]
    assert "the camera’s snooze" in post.taker.taken[0].text
    shown = (await owner.get(f"/v1/devices/{camera.device.unit_id}")).json()
    assert shown["snoozed_until"] is None


async def test_ended_early_what_lasts_is_told_at_once_and_what_is_over_is_not(
    owner: httpx2.AsyncClient, camera: Camera, post: Post
) -> None:
    await owner.post(path_of(camera), json=ahead(days=1))
    for minute, state in enumerate((ABNORMAL, NORMAL, NORMAL, ABNORMAL)):
        await camera.judge(state, minute)
        await post.send_due()
    assert (await owner.delete(path_of(camera))).status_code == 204
    await post.send_due()
    assert [(each.kind, each.status) for each in await camera.deliveries()] == [
        ("opened", "withdrawn"),
        ("recovered", "withdrawn"),
        ("opened", "sent"),
    ]
    assert (await owner.delete(path_of(camera))).status_code == 204


async def test_a_snooze_and_its_end_are_audited_once(
    owner: httpx2.AsyncClient, camera: Camera
) -> None:
    await owner.post(path_of(camera), json=ahead(hours=1))
    await owner.delete(path_of(camera))
    await owner.delete(path_of(camera))
    async with camera.database.work_for(camera.owner.organization_id) as work:
        entries = (await work.session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(each.action, each.subject) for each in entries] == [
        ("device.snoozed", camera.device.unit_id),
        ("device.snooze_ended", camera.device.unit_id),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2020-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"until": "tomorrow"},
        {"until": "2030-01-01T00:00:00"},
        {"until": None},
        {},
    ],
)
async def test_a_time_that_cannot_be_is_refused_by_name(
    owner: httpx2.AsyncClient, camera: Camera, body: dict[str, Any]
) -> None:
    answer = await owner.post(path_of(camera), json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["until"]


async def test_thirty_days_are_the_most(owner: httpx2.AsyncClient, camera: Camera) -> None:
    answer = await owner.post(path_of(camera), json=ahead(days=30, seconds=60))
    assert answer.status_code == 422


async def test_viewers_cannot_snooze(base_url: str, camera: Camera) -> None:
    viewer = await make_user(camera.database, camera.owner.organization_id, role=Role.VIEWER)
    async with signed_in(base_url, viewer) as client:
        assert (await client.post(path_of(camera), json=ahead(hours=1))).status_code == 403
