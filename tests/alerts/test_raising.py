import asyncio
import random
from datetime import timedelta

import pytest

from cloud.alerts.models import IncidentState, ResolvedAs
from cloud.alerts.policy import Rule, Verdict, fold
from cloud.alerts.resolution import acknowledge, resolve
from cloud.captures.models import EvaluationStatus
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.alerts.cameras import ABNORMAL, LETTERS, NORMAL, UNCERTAIN, Camera, make_camera
from tests.alerts.people import person
from tests.factories import make_capture


@pytest.fixture
async def camera(database: Database) -> Camera:
    return await make_camera(database)


async def test_an_abnormal_verdict_opens_an_incident(camera: Camera) -> None:
    await camera.judge(NORMAL, 0)
    capture = await camera.judge(ABNORMAL, 1)
    incident = await camera.incident()
    assert incident.state == IncidentState.OPEN
    assert incident.opened_at == camera.at(1)
    assert incident.first_capture_id == incident.latest_capture_id == capture.id
    assert incident.captures_count == 1


async def test_further_abnormal_verdicts_join_it(camera: Camera) -> None:
    captures = await camera.judge_all("aana")
    incident = await camera.incident()
    assert incident.captures_count == 3
    assert incident.latest_capture_id == captures[3].id
    assert await camera.members() == {incident.id: {captures[i].id for i in (0, 1, 3)}}


async def test_normal_verdicts_in_a_row_close_it(camera: Camera) -> None:
    await camera.judge_all("an")
    assert (await camera.incident()).normal_in_a_row == 1
    await camera.judge(NORMAL, 2)
    incident = await camera.incident()
    assert incident.state == IncidentState.RESOLVED
    assert incident.resolved_as == ResolvedAs.RECOVERED
    assert incident.resolved_at == camera.at(2)


async def test_an_acknowledged_incident_recovers_as_well(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await acknowledge(work, person(camera.owner), (await camera.incident()).id)
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    assert (await camera.incident()).resolved_as == ResolvedAs.RECOVERED


async def test_uncertain_neither_opens_nor_closes(camera: Camera) -> None:
    await camera.judge_all("uuau")
    await camera.judge(UNCERTAIN, 5)
    incident = await camera.incident()
    assert incident.state == IncidentState.OPEN
    assert incident.captures_count == 1


async def test_what_has_no_verdict_does_nothing(camera: Camera) -> None:
    failed = await make_capture(
        camera.database, camera.device, evaluation_status=EvaluationStatus.FAILED
    )
    await camera.raise_for(failed)
    await camera.raise_for(await make_capture(camera.database, camera.device))
    assert await camera.incidents() == []
    assert await camera.news() == []


async def test_the_rule_of_the_device_is_kept(camera: Camera) -> None:
    await camera.configure(open_after=2, of=3, close_after=1)
    await camera.judge_all("an")
    assert await camera.incidents() == []
    await camera.judge(ABNORMAL, 2)
    incident = await camera.incident()
    assert incident.captures_count == 2
    assert incident.opened_at == camera.at(2)
    await camera.judge(NORMAL, 3)
    assert (await camera.incident()).state == IncidentState.RESOLVED


async def test_an_old_normal_that_comes_late_does_not_close_a_newer_abnormal(
    camera: Camera,
) -> None:
    await camera.judge(ABNORMAL, 10)
    for minute in range(5):
        await camera.judge(NORMAL, minute)
    assert (await camera.incident()).state == IncidentState.OPEN


async def test_a_late_abnormal_opens_what_closed_too_early(camera: Camera) -> None:
    await camera.judge_all("ann")
    late = await camera.judge(ABNORMAL, 1.5)
    incident = await camera.incident()
    assert incident.state == IncidentState.OPEN
    assert incident.resolved_at is None
    assert incident.normal_in_a_row == 1
    assert incident.latest_capture_id == late.id


async def test_a_late_abnormal_that_is_over_already_is_shown_as_over(camera: Camera) -> None:
    await camera.judge(NORMAL, 1)
    await camera.judge(NORMAL, 2)
    await camera.judge(ABNORMAL, 0)
    incident = await camera.incident()
    assert incident.state == IncidentState.RESOLVED
    assert (incident.opened_at, incident.resolved_at) == (camera.at(0), camera.at(2))


async def test_late_normals_split_an_incident(camera: Camera) -> None:
    first = await camera.judge(ABNORMAL, 0)
    last = await camera.judge(ABNORMAL, 10)
    told_of = await camera.incident()
    await camera.judge(NORMAL, 4)
    await camera.judge(NORMAL, 5)
    earlier, later = await camera.incidents()
    assert (earlier.state, later.state) == (IncidentState.RESOLVED, IncidentState.OPEN)
    assert await camera.members() == {earlier.id: {first.id}, later.id: {last.id}}
    assert told_of.id in {earlier.id, later.id}


async def test_a_late_abnormal_joins_two_incidents(camera: Camera) -> None:
    await camera.judge_all("anna")
    _, still_open = await camera.incidents()
    await camera.judge(ABNORMAL, 1.5)
    incidents = {incident.id: incident for incident in await camera.incidents()}
    assert incidents[still_open.id].captures_count == 3
    assert incidents[still_open.id].opened_at == camera.at(0)
    assert sum(incident.captures_count for incident in incidents.values()) == 3


async def test_a_clock_that_runs_ahead_does_not_keep_an_incident_open(camera: Camera) -> None:
    now = utc_now()
    ahead = await make_capture(
        camera.database,
        camera.device,
        state=ABNORMAL,
        captured_at=now + timedelta(hours=5),
        received_at=now - timedelta(minutes=10),
    )
    await camera.raise_for(ahead)
    for minute in (9, 8):
        capture = await make_capture(
            camera.database,
            camera.device,
            state=NORMAL,
            captured_at=now - timedelta(minutes=minute),
        )
        await camera.raise_for(capture)
    assert (await camera.incident()).state == IncidentState.RESOLVED


async def test_a_resolution_by_hand_ends_it_and_the_next_abnormal_opens_another(
    camera: Camera,
) -> None:
    await camera.judge(ABNORMAL, 0)
    incident = await camera.incident()
    async with camera.database.work_for(camera.owner.organization_id) as work:
        await resolve(work, person(camera.owner), incident.id, ResolvedAs.FALSE_ALARM, None)
    await camera.judge(ABNORMAL, 2 * 24 * 60)
    first, second = await camera.incidents()
    assert first.resolved_as == ResolvedAs.FALSE_ALARM
    assert second.state == IncidentState.OPEN


async def test_a_capture_of_before_the_resolution_joins_what_was_resolved(camera: Camera) -> None:
    await camera.judge(ABNORMAL, 0)
    async with camera.database.work_for(camera.owner.organization_id) as work:
        incident = await camera.incident()
        await resolve(work, person(camera.owner), incident.id, ResolvedAs.REAL, None)
    await camera.judge(ABNORMAL, 5)
    incident = await camera.incident()
    assert incident.resolved_as == ResolvedAs.REAL
    assert incident.captures_count == 2


async def test_a_verdict_that_is_taken_back_ends_the_incident(camera: Camera) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    await camera.judge_again(capture, NORMAL)
    incident = await camera.incident()
    assert incident.state == IncidentState.RESOLVED
    assert incident.captures_count == 0
    assert incident.first_capture_id is None
    assert await camera.members() == {}


@pytest.mark.parametrize("state", [UNCERTAIN, None])
async def test_no_verdict_any_more_does_not_end_the_incident(camera: Camera, state: None) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    await camera.judge_again(capture, state)
    await camera.judge(NORMAL, 1)
    assert (await camera.incident()).state == IncidentState.OPEN
    await camera.judge(NORMAL, 2)
    assert (await camera.incident()).state == IncidentState.RESOLVED


async def test_a_verdict_that_comes_twice_changes_nothing(camera: Camera) -> None:
    capture = await camera.judge(ABNORMAL, 0)
    before = await camera.news()
    await camera.raise_for(capture)
    assert (await camera.incident()).captures_count == 1
    assert await camera.news() == before


async def test_two_verdicts_at_once_open_one_incident(camera: Camera) -> None:
    captures = [
        await make_capture(
            camera.database, camera.device, state=ABNORMAL, captured_at=camera.at(minute)
        )
        for minute in range(4)
    ]
    await asyncio.gather(*(camera.raise_for(capture) for capture in captures))
    incident = await camera.incident()
    assert incident.captures_count == 4
    assert [kind for kind, _ in await camera.told()] == ["opened"]


async def test_news_of_it_are_told_in_order(camera: Camera) -> None:
    captures = await camera.judge_all("aann")
    news = await camera.news()
    assert [kind for kind, _ in news] == [
        "incident.opened",
        "incident.updated",
        "incident.closed",
    ]
    documents = [document for _, document in news]
    assert documents[0]["device_id"] == camera.device.unit_id
    assert documents[1]["latest_capture"]["record_id"] == str(captures[1].id)
    assert documents[2]["resolved_as"] == "recovered"


@pytest.mark.parametrize(
    ("seed", "count"),
    [(seed, 14) for seed in range(12)]
    + [pytest.param(seed, 200, marks=pytest.mark.long) for seed in range(50)],
)
async def test_shuffled_verdicts_give_the_same_incidents_as_in_order(
    database: Database, seed: int, count: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same for the same seed
    of = chance.randint(1, 3)
    rule = Rule(open_after=chance.randint(1, of), of=of, close_after=chance.randint(1, 3))
    letters = "".join(chance.choices("anu", [3, 4, 1], k=count))
    camera = await make_camera(database)
    await camera.configure(open_after=rule.open_after, of=rule.of, close_after=rule.close_after)
    minutes = list(range(len(letters)))
    chance.shuffle(minutes)
    captures = {minute: await camera.judge(LETTERS[letters[minute]], minute) for minute in minutes}
    episodes = fold(
        [
            Verdict(camera.at(minute), capture.id, letters[minute] == "a")
            for minute, capture in captures.items()
            if letters[minute] != "u"
        ],
        rule,
    )
    incidents = [incident for incident in await camera.incidents() if incident.captures_count]
    assert [incident.resolved_at for incident in incidents] == [
        episode.closed_at for episode in episodes
    ]
    members = await camera.members()
    assert [members[incident.id] for incident in incidents] == [
        set(episode.members) for episode in episodes
    ]
    assert [incident.captures_count for incident in incidents] == [
        len(episode.members) for episode in episodes
    ]
    assert [(each.first_capture_id, each.latest_capture_id) for each in incidents] == [
        (episode.members[0], episode.members[-1]) for episode in episodes
    ]
