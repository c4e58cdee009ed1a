"""The operator's word, asking for another verdict, and deletion."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from cloud.accounts.models import AuditEntry, Role
from cloud.captures.deletion import CAPTURE_DELETIONS, remove_buried
from cloud.captures.ingest import EVALUATIONS
from cloud.captures.models import Capture, EvaluationStatus, State
from cloud.captures.queries import parse_record_id
from cloud.events.models import Event
from cloud.kit.ids import new_id
from cloud.kit.queue import QueuedWork
from tests.captures.uploading import Site
from tests.factories import make_capture, make_user, signed_in


def path(capture: dict[str, Any], rest: str = "") -> str:
    return f"/v1/captures/{capture['record_id']}{rest}"


async def is_queued(site: Site, queue: str, record_id: str) -> bool:
    async with site.database.work() as work:
        return await work.session.get(QueuedWork, (queue, parse_record_id(record_id))) is not None


async def finish(site: Site, **values: Any) -> None:
    """As if the evaluator had ended with this, for all captures of the site."""
    async with site.database.work_for(site.owner.organization_id) as work:
        await work.execute(update(Capture).values(**values))
        for record_id in (await work.execute(select(Capture.id))).scalars():
            await EVALUATIONS.forget(work, record_id)


async def news(site: Site) -> list[tuple[str, dict[str, Any]]]:
    async with site.database.work_for(site.owner.organization_id) as work:
        rows = (await work.session.scalars(select(Event).order_by(Event.seq))).all()
    return [(row.kind, row.data) for row in rows]


async def noted(site: Site) -> list[tuple[str, str | None]]:
    async with site.database.work_for(site.owner.organization_id) as work:
        rows = (await work.session.scalars(select(AuditEntry).order_by(AuditEntry.at))).all()
    return [(row.action, row.subject) for row in rows]


async def test_the_operators_word_is_kept_told_noted_and_can_be_changed(site: Site) -> None:
    capture = await site.take()
    first = {"verdict": "normal", "note": "Only the cat."}
    await site.client.put(path(capture, "/disposition"), json=first)
    answer = await site.client.put(path(capture, "/disposition"), json={"verdict": "abnormal"})
    disposition = answer.json()["disposition"]
    assert disposition.pop("at").endswith("Z")
    assert disposition == {"verdict": "abnormal", "note": None, "by": site.owner.email}
    assert (await site.client.get(path(capture))).json() == answer.json()
    kind, told = (await news(site))[-1]
    assert (kind, told["disposition"]["verdict"]) == ("capture.evaluated", "abnormal")
    assert await noted(site) == [("capture.disposed", capture["record_id"])] * 2


async def test_the_operators_word_can_be_taken_back(site: Site) -> None:
    capture = await site.take()
    await site.client.put(path(capture, "/disposition"), json={"verdict": "normal"})
    answer = await site.client.delete(path(capture, "/disposition"))
    assert answer.status_code == 200
    assert answer.json()["disposition"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "fine"}, "verdict"),
        ({"verdict": "normal", "note": "x" * 501}, "note"),
        ({"verdict": "normal", "note": "a\0b"}, "note"),
        ({"verdict": "normal", "by": "somebody"}, "by"),
    ],
)
async def test_a_malformed_word_is_refused(site: Site, body: dict[str, str], field: str) -> None:
    answer = await site.client.put(path(await site.take(), "/disposition"), json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_one_word_is_given_on_several_and_unknown_ones_are_passed_over(site: Site) -> None:
    mine = [await site.take() for _ in range(3)]
    stranger = await make_user(site.database)
    ids = [each["record_id"] for each in mine[:2]]
    body = {"record_ids": [*ids, str(new_id()), ids[0]], "verdict": "normal"}
    assert (await site.client.put("/v1/captures/dispositions", json=body)).json() == {"updated": 2}
    async with signed_in(str(site.client.base_url), stranger) as client:
        answer = await client.put("/v1/captures/dispositions", json=body)
    assert answer.json() == {"updated": 0}
    said = [(await site.client.get(path(each))).json()["disposition"] for each in mine]
    assert [each and each["verdict"] for each in said] == ["normal", "normal", None]


@pytest.mark.parametrize("count", [0, 201])
async def test_too_few_or_too_many_at_once_are_refused(site: Site, count: int) -> None:
    body = {"record_ids": [str(new_id())] * count, "verdict": "normal"}
    assert (await site.client.put("/v1/captures/dispositions", json=body)).status_code == 422


async def test_a_judged_capture_can_be_judged_once_more(site: Site) -> None:
    capture = await site.take()
    await finish(site, evaluation_status=EvaluationStatus.COMPLETED, state=State.ABNORMAL)
    answer = await site.client.post(path(capture, "/reevaluate"))
    assert answer.status_code == 202
    assert answer.json()["evaluation_status"] == "pending"
    assert await is_queued(site, EVALUATIONS.name, capture["record_id"])
    again = await site.client.post(path(capture, "/reevaluate"))
    assert (again.status_code, again.json()["code"]) == (409, "evaluation_running")


async def test_a_failed_capture_can_be_judged_once_more(site: Site) -> None:
    capture = await site.take()
    await finish(site, evaluation_status=EvaluationStatus.FAILED, failure_code="ai_unavailable")
    assert (await site.client.post(path(capture, "/reevaluate"))).status_code == 202


async def test_what_has_no_picture_any_more_cannot_be_judged_again(site: Site) -> None:
    capture = await site.take()
    await finish(site, evaluation_status=EvaluationStatus.COMPLETED, image_stored=False)
    answer = await site.client.post(path(capture, "/reevaluate"))
    assert (answer.status_code, answer.json()["code"]) == (409, "image_missing")


async def test_a_deleted_capture_is_gone_at_once_and_its_files_soon(
    site: Site, app: FastAPI
) -> None:
    capture, kept = await site.take(), await site.take()
    assert (await site.client.delete(path(capture))).status_code == 204
    for rest in ("", "/status", "/thumbnail", "/image"):
        assert (await site.client.get(path(capture, rest))).status_code == 404
    assert (await site.client.delete(path(capture))).status_code == 404
    listed = (await site.client.get("/v1/captures")).json()["captures"]
    assert [each["record_id"] for each in listed] == [kept["record_id"]]
    assert not await is_queued(site, EVALUATIONS.name, capture["record_id"])
    kind, told = (await news(site))[-1]
    assert (kind, told["record_id"]) == ("capture.deleted", capture["record_id"])
    assert ("capture.deleted", capture["record_id"]) in await noted(site)

    while await is_queued(site, CAPTURE_DELETIONS.name, capture["record_id"]):
        await remove_buried(site.database, app.state.store)
    assert await site.count() == 1
    stored = await app.state.store.list_objects(str(site.owner.organization_id))
    assert len(stored) == 2
    assert all(kept["record_id"] in each.key for each in stored)


async def test_a_member_gives_words_but_does_not_delete(site: Site) -> None:
    capture = await site.take()
    member = await make_user(site.database, site.owner.organization_id, role=Role.MEMBER)
    async with signed_in(str(site.client.base_url), member) as client:
        said = await client.put(path(capture, "/disposition"), json={"verdict": "normal"})
        refused = await client.delete(path(capture))
    assert (said.status_code, refused.status_code) == (200, 403)
    assert (await site.client.get(path(capture))).status_code == 200


async def test_removing_what_is_half_removed_already_goes_on(site: Site, app: FastAPI) -> None:
    """A capture without files: a crash came after they went, or they never were."""
    capture = await make_capture(site.database, site.device)
    await site.client.delete(f"/v1/captures/{capture.id}")
    while await is_queued(site, CAPTURE_DELETIONS.name, str(capture.id)):
        await remove_buried(site.database, app.state.store)
    assert await site.count() == 0
