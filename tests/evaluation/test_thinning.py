"""Dedupe at the verdict and streak pruning afterwards: what goes, and what never does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from cloud.alerts.models import Incident, IncidentKind, IncidentState
from cloud.captures.models import Capture, DispositionVerdict, State
from cloud.devices.config import ClassifierName, StreakSection
from cloud.devices.models import Device
from cloud.evaluation import in_a_row
from cloud.evaluation.memory_store import remember
from cloud.evaluation.models import ReferenceSource
from cloud.evaluation.thinning import SETTLED_AFTER, prune_streak, prune_streaks
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.evaluation.baseline.drawing import draw_bench, photograph
from tests.evaluation.conftest import Bench, answer_of
from tests.factories import SomeDevice, make_capture, make_device, make_user

MORNING = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = StreakSection(enabled=True, threshold=3, keep_every=4)


@pytest.fixture
async def camera(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A camera that keeps two of a row whole, and then one in three; and no random one more."""
    monkeypatch.setattr("cloud.evaluation.sampling.is_sampled", lambda _id: False)
    dedupe = {"enabled": True, "threshold": 2, "keep_every": 3}
    await bench.call("PUT", f"/v1/devices/{bench.device.unit_id}/config", {"dedupe": dedupe})
    return bench


async def take(bench: Bench, count: int, state: State = State.NORMAL, begin: int = 0) -> str:
    """Take so many pictures that are judged so; k for each kept whole, . for the others."""
    bench.classifier.scripts[bench.device.device_id] = lambda _question: answer_of(
        ClassifierName.BASELINE, state
    )
    kept = ""
    for number in range(begin, begin + count):
        at = (MORNING + timedelta(minutes=number)).isoformat()
        picture = photograph(draw_bench(), number)
        capture = await bench.judge(await bench.upload(picture, captured_at=at))
        assert capture["state"] == state
        kept += "k" if capture["image_stored"] else "."
    return kept


async def test_a_row_of_normal_captures_is_thinned_as_it_comes(camera: Bench) -> None:
    assert await take(camera, 9) == "kk..k..k."


async def test_it_is_off_unless_switched_on(bench: Bench) -> None:
    assert await take(bench, 6) == "kkkkkk"


@pytest.mark.parametrize("state", [State.ABNORMAL, State.UNCERTAIN])
async def test_captures_that_are_not_normal_stay_whole(camera: Bench, state: State) -> None:
    assert await take(camera, 5, state) == "kkkkk"


async def test_while_an_incident_is_open_nothing_goes(camera: Bench) -> None:
    alerting = {"close_after": 5}
    await camera.call("PUT", f"/v1/devices/{camera.device.unit_id}/config", {"alerting": alerting})
    await take(camera, 1, State.ABNORMAL)
    assert await take(camera, 8, begin=1) == "kkkkk..k"


async def arrange(
    database: Database, bench: Bench, count: int, *, age: timedelta = 5 * HOUR
) -> list[Capture]:
    """So many normal captures a minute apart, the newest so old."""
    now = utc_now()
    return [
        await make_capture(
            database,
            bench.device,
            state=State.NORMAL,
            captured_at=now - age - timedelta(minutes=count - number),
        )
        for number in range(count)
    ]


async def prune(database: Database, bench: Bench) -> int:
    async with database.work_for(bench.device.organization_id) as work:
        return await prune_streak(work, bench.device.device_id, LIMITS, utc_now())


async def whole(database: Database, bench: Bench, captures: list[Capture]) -> str:
    async with database.work_for(bench.device.organization_id) as work:
        found = [await work.session.get_one(Capture, one.id) for one in captures]
    return "".join("k" if one.image_stored else "." for one in found)


async def test_old_streaks_are_pruned_half_of_the_pictures_at_once_at_most(
    database: Database, bench: Bench
) -> None:
    captures = await arrange(database, bench, 14)
    assert await prune(database, bench) == 7
    assert await prune(database, bench) == 2
    assert await prune(database, bench) == 0
    assert await whole(database, bench, captures) == "kkk...k...k..."


async def test_what_is_young_is_left_alone(database: Database, bench: Bench) -> None:
    await arrange(database, bench, 14, age=SETTLED_AFTER - timedelta(minutes=30))
    assert await prune(database, bench) == 0


async def have_incident(
    database: Database, bench: Bench, opened_at: datetime, resolved_at: datetime | None
) -> None:
    async with database.work_for(bench.device.organization_id) as work:
        work.add(
            Incident(
                organization_id=work.organization_id,
                device_id=bench.device.device_id,
                unit_id=bench.device.unit_id,
                kind=IncidentKind.ABNORMAL,
                state=IncidentState.RESOLVED if resolved_at else IncidentState.OPEN,
                opened_at=opened_at,
                resolved_at=resolved_at,
            )
        )


async def test_what_was_taken_during_an_incident_stays_whole(
    database: Database, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_a_row, "PAGE", 4)
    captures = await arrange(database, bench, 10)
    before, begun, ended = (captures[place].captured_at for place in (0, 4, 6))
    await have_incident(database, bench, before - HOUR, before - HOUR / 2)
    await have_incident(database, bench, begun, ended)
    await prune(database, bench)
    assert await whole(database, bench, captures) == "kkk.kkk..."


async def test_while_an_incident_lasts_everything_since_stays_whole(
    database: Database, bench: Bench
) -> None:
    captures = await arrange(database, bench, 10)
    await have_incident(database, bench, captures[4].captured_at, None)
    await prune(database, bench)
    assert await whole(database, bench, captures) == "kkk.kkkkkk"


async def test_references_and_the_operators_captures_stay_whole(
    database: Database, bench: Bench
) -> None:
    captures = await arrange(database, bench, 10)
    reference, said = captures[4], captures[6]
    async with database.work_for(bench.device.organization_id) as work:
        await remember(
            work,
            bench.device.device_id,
            reference.id,
            reference.captured_at,
            ReferenceSource.CONFIDENT,
            b"features",
            masks=(),
        )
        await work.execute(
            update(Capture)
            .where(Capture.id == said.id)
            .values(disposition=DispositionVerdict.NORMAL)
        )
    await prune(database, bench)
    assert await whole(database, bench, captures) == "kkk.k.k..."


async def test_a_sampled_verdict_stays_whole_at_the_verdict_and_afterwards(
    database: Database, camera: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.evaluation.sampling.is_sampled", lambda _id: True)
    assert await take(camera, 5) == "kkkkk"
    assert await prune(database, camera) == 0


async def set_streak(database: Database, device: SomeDevice, section: dict[str, Any]) -> None:
    async with database.work_for(device.organization_id) as work:
        await work.execute(
            update(Device).where(Device.id == device.device_id).values(config={"streak": section})
        )


@pytest.mark.parametrize(("enabled", "kept"), [(True, "kkk...k."), (False, "kkkkkkkk")])
async def test_the_worker_prunes_the_cameras_that_are_set_to_it(
    database: Database,
    bench: Bench,
    *,
    enabled: bool,
    kept: str,
) -> None:
    captures = await arrange(database, bench, 8)
    section = {"enabled": enabled, "threshold": 3, "keep_every": 4}
    await set_streak(database, bench.device, section)
    await prune_streaks(database)
    assert await whole(database, bench, captures) == kept


async def test_a_camera_that_cannot_be_pruned_keeps_no_other_organization_from_it(
    database: Database, bench: Bench
) -> None:
    later = await make_user(database)
    device = await make_device(database, later.organization_id)
    assert later.organization_id > bench.device.organization_id, "its turn comes afterwards"
    now = utc_now()
    for minutes in range(8):
        at = now - 5 * HOUR - timedelta(minutes=minutes)
        await make_capture(database, device, state=State.NORMAL, captured_at=at)
    await set_streak(database, bench.device, {"enabled": True, "threshold": "of another version"})
    await set_streak(database, device, {"enabled": True, "threshold": 3, "keep_every": 4})
    await prune_streaks(database)
    async with database.work_for(device.organization_id) as work:
        gone = await work.scalar(select(func.count()).where(~Capture.image_stored))
    assert gone == 4
