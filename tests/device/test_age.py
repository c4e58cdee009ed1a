import json
from datetime import UTC, datetime, timedelta

import pytest

from device.age import Running, find_running
from tests.device.pictures import picture


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def marked_by(running: Running) -> str:
    return json.dumps(dict(running.mark(picture()).metadata))


def test_the_age_is_counted_while_the_machine_runs_and_the_mark_stays_here() -> None:
    seconds = Seconds()
    running = Running("boot-1", seconds)
    kept = marked_by(running)
    seconds.now = 160.0
    assert running.read_age(kept) == ('{"shade":90}', timedelta(seconds=60))


@pytest.mark.parametrize("metadata", ["{}", '{"marked":1}', '{"marked":{"running":"boot-1"}}'])
def test_without_a_mark_of_this_running_no_age_is_known(metadata: str) -> None:
    earlier = marked_by(Running("boot-0", Seconds()))
    assert Running("boot-1", Seconds()).read_age(earlier) == ('{"shade":90}', None)
    assert Running("boot-1", Seconds()).read_age(metadata) == ("{}", None)


def test_a_client_that_is_started_anew_knows_the_age_of_what_an_earlier_one_took() -> None:
    before, began = find_running(), datetime.now(UTC)
    _, age = find_running().read_age(marked_by(before))
    assert age is not None
    assert timedelta() <= age <= datetime.now(UTC) - began + timedelta(seconds=1)
