"""Putting a version in force after a replay that speaks against it, or for it."""

from cloud.captures.models import State
from cloud.kit.database import Database
from tests.devices.arranging import read_audit
from tests.evaluation.replay.conftest import FIRST, SECOND, Trial
from tests.evaluation.replay.test_replaying import ask

N, A, U = State.NORMAL, State.ABNORMAL, State.UNCERTAIN


async def try_it(trial: Trial, second: list[State]) -> None:
    """Three pictures that were called abnormal and caught; a draft that says this of them."""
    trial.say({FIRST: [A, A, A], SECOND: second})
    await trial.write(FIRST, SECOND)
    await trial.call_them("abnormal", *await trial.take(3))
    await trial.run(captures=3)


async def active(trial: Trial) -> list[int]:
    listed = (await trial.bench.read(trial.path))["items"]
    return [one["version"] for one in listed if one["is_active"]]


async def test_a_version_that_misses_what_was_caught_is_refused_with_the_numbers(
    trial: Trial,
) -> None:
    await try_it(trial, [A, N, N])
    answer = await ask(trial.bench, "POST", f"{trial.path}/2/activate")
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (409, "activation_loses_recall")
    assert refused["known"]["abnormal"] == {"total": 3, "before": 3, "after": 1}
    assert "3 were caught and 1 would be" in refused["detail"]
    assert await active(trial) == [1]


async def test_an_override_needs_a_reason_and_both_are_in_the_audit(
    trial: Trial, database: Database
) -> None:
    await try_it(trial, [A, N, N])
    path = f"{trial.path}/2/activate"
    silent = await ask(trial.bench, "POST", path, {"override": True})
    assert (silent.status_code, silent.json()["code"]) == (422, "override_without_reason")
    assert await active(trial) == [1]
    said = {"override": True, "reason": "The cat is welcome now"}
    assert (await ask(trial.bench, "POST", path, said)).status_code == 200
    assert await active(trial) == [2]
    entry = (await read_audit(database, trial.bench.owner))[-1]
    assert entry.action == "description.activated"
    assert (entry.detail["override"], entry.detail["reason"]) == (True, "The cat is welcome now")
    assert entry.detail["known"]["abnormal"] == {"total": 3, "before": 3, "after": 1}


async def test_a_version_that_misses_nothing_more_goes_in_force(trial: Trial) -> None:
    await try_it(trial, [A, A, A])
    assert (await ask(trial.bench, "POST", f"{trial.path}/2/activate")).status_code == 200
    assert await active(trial) == [2]


async def test_only_the_last_replay_that_ran_to_its_end_speaks(trial: Trial) -> None:
    await try_it(trial, [A, N, N])
    trial.say({SECOND: [A, A, A]})
    await trial.start(captures=3)
    refused = await ask(trial.bench, "POST", f"{trial.path}/2/activate")
    assert refused.status_code == 409
    await trial.finish()
    assert (await ask(trial.bench, "POST", f"{trial.path}/2/activate")).status_code == 200


async def test_uncertain_counts_as_caught_where_the_camera_tells_of_uncertain_ones(
    trial: Trial,
) -> None:
    await try_it(trial, [U, U, U])
    path = f"{trial.path}/2/activate"
    assert (await ask(trial.bench, "POST", path)).status_code == 409
    notifications = f"/v1/devices/{trial.bench.device.unit_id}/notifications"
    await trial.bench.call("PUT", notifications, {"on_uncertain": True})
    assert (await ask(trial.bench, "POST", path)).status_code == 200


async def test_without_a_replay_nothing_stands_in_the_way(trial: Trial) -> None:
    await trial.write(FIRST, SECOND)
    assert (await ask(trial.bench, "POST", f"{trial.path}/2/activate")).status_code == 200
    assert await active(trial) == [2]
