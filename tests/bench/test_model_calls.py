"""The measurement of model calls measures: every way is asked, and answers."""

import pytest

from bench.model_calls import WAYS, Way, measure, slow_vendors
from tests.captures.pictures import draw, encode


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name.replace(" ", "_"))
async def test_every_way_of_asking_is_measured(way: Way) -> None:
    with slow_vendors(0.05) as address:
        report = await measure(
            way, address, encode(draw(320, 240)), in_flight=4, rounds=2, pause=0.05
        )
    assert (report.way, report.calls) == (way.name, 8)
    assert 0 < report.efficiency <= 1
    assert report.cpu_ms_per_call > 0
