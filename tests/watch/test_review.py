"""What to look at next, and why."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cloud.captures.models import SCENE_UNUSABLE, DispositionVerdict, State
from cloud.evaluation.models import SampledVerdict
from cloud.kit.database import Database
from cloud.watch.review import ToReview, Why, give_reasons, take_turns
from tests.devices.arranging import owner_of
from tests.factories import make_capture, make_device, make_organization

START = datetime(2026, 11, 20, tzinfo=UTC)
TWO_MINDS = [{"state": "normal"}, {"state": "abnormal"}]


def row(number: int = 0, **changes: Any) -> Any:
    values = {"state": "normal", "score": 0.9, "reason": "Fine.", "agents": []} | changes
    return SimpleNamespace(id=number, captured_at=START + timedelta(hours=number), **values)


def reasons(*, is_sampled: bool = False, **changes: Any) -> tuple[Why, ...]:
    return give_reasons(row(**changes), is_sampled=is_sampled, threshold=0.5)


def test_a_capture_says_why_it_should_be_looked_at() -> None:
    assert reasons() == ()
    assert reasons(is_sampled=True) == (Why.SAMPLED,)
    assert reasons(score=0.59) == (Why.NEAR_THRESHOLD,)
    assert reasons(score=0.6) == ()
    assert reasons(state="uncertain", score=0.1) == (Why.UNCERTAIN,)
    assert reasons(state="uncertain", agents=TWO_MINDS) == (Why.DISAGREE, Why.UNCERTAIN)
    assert reasons(state="uncertain", reason=f"{SCENE_UNUSABLE}Too dark.") == ()


def test_reasons_take_turns_and_the_newest_of_each_comes_first() -> None:
    flood = [ToReview(row(n), (Why.UNCERTAIN,)) for n in range(50)]
    others = [
        ToReview(row(100), (Why.SAMPLED,)),
        ToReview(row(101), (Why.SAMPLED,)),
        ToReview(row(102), (Why.DISAGREE, Why.UNCERTAIN)),
    ]
    taken = [one.row.id for one in take_turns([*flood, *others], 6)]
    assert taken == [102, 101, 49, 100, 48, 47]


async def test_what_nobody_has_said_anything_on_is_listed_with_the_reason(
    database: Database, base_url: str
) -> None:
    async with owner_of(database, base_url) as owner:
        own = {"organization_id": owner.someone.organization_id}
        device = await make_device(database, owner.someone.organization_id)
        other = await make_device(database, owner.someone.organization_id)
        uncertain = await make_capture(database, device, state=State.UNCERTAIN)
        await make_capture(
            database, device, state=State.UNCERTAIN, disposition=DispositionVerdict.UNCLEAR
        )
        await make_capture(database, device, state=State.UNCERTAIN, image_stored=False)
        await make_capture(database, device, state=State.NORMAL)
        close = await make_capture(database, other, state=State.ABNORMAL, score=0.55)
        sampled = await make_capture(database, device, state=State.NORMAL)
        async with database.work_for(owner.someone.organization_id) as work:
            work.add(
                SampledVerdict(**own, device_id=device.device_id, capture_id=sampled.id, rate=0.01)
            )
        foreign = await make_device(database, await make_organization(database))
        await make_capture(database, foreign, state=State.UNCERTAIN)
        found = (await owner.client.get("/v1/review")).json()["items"]
        assert [(one["capture"]["record_id"], one["why"]) for one in found] == [
            (str(sampled.id), ["sampled_normal"]),
            (str(close.id), ["near_threshold"]),
            (str(uncertain.id), ["uncertain"]),
        ]
        of_one = await owner.client.get("/v1/review", params={"device_id": other.unit_id})
        assert len(of_one.json()["items"]) == 1
        first = await owner.client.get("/v1/review", params={"limit": 1})
        assert len(first.json()["items"]) == 1
        for wrong in ({"limit": "201"}, {"cursor": "zz"}):
            assert (await owner.client.get("/v1/review", params=wrong)).status_code == 422
        await owner.client.put(f"/v1/captures/{sampled.id}/disposition", json={"verdict": "normal"})
        left = (await owner.client.get("/v1/review")).json()["items"]
        assert len(left) == 2
