"""Which normal verdicts are put before an operator."""

from uuid import UUID

from sqlalchemy import select

from cloud.captures.models import State
from cloud.evaluation.models import SampledVerdict
from cloud.evaluation.sampling import SAMPLE_RATE, is_sampled, sample_verdict
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from tests.factories import make_capture, make_device, make_organization


def find_id(*, sampled: bool) -> UUID:
    return next(found for _ in range(10_000) if is_sampled(found := new_id()) is sampled)


def test_the_share_of_sampled_captures_is_the_stated_one() -> None:
    ids = [UUID(int=(7 << 76) + n * 2**60 + 1) for n in range(50_000)]
    assert abs(sum(map(is_sampled, ids)) / len(ids) - SAMPLE_RATE) < 0.0015
    assert all(is_sampled(one, 1) for one in ids[:1000])
    assert not any(is_sampled(one, 0) for one in ids[:1000])


def test_a_capture_is_sampled_always_or_never() -> None:
    one = find_id(sampled=True)
    assert is_sampled(one)
    assert is_sampled(UUID(str(one)))


async def test_only_normal_verdicts_of_the_sample_are_noted_once_with_the_rate(
    database: Database,
) -> None:
    organization_id = await make_organization(database)
    device = await make_device(database, organization_id)
    cases = [(State.NORMAL, True), (State.NORMAL, False), (State.ABNORMAL, True)]
    expected = set()
    for state, sampled in cases:
        capture = await make_capture(database, device, state=state, id=find_id(sampled=sampled))
        async with database.work_for(organization_id) as work:
            await sample_verdict(work, capture)
            await sample_verdict(work, capture)
        if state is State.NORMAL and sampled:
            expected.add(capture.id)
    async with database.work_for(organization_id) as work:
        rows = (await work.session.scalars(select(SampledVerdict))).all()
    assert {row.capture_id for row in rows} == expected
    assert [row.rate for row in rows] == [SAMPLE_RATE]
