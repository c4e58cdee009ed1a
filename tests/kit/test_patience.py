"""Writing that waits for the database, and for nothing else."""

import pytest

from cloud.kit.errors import Unavailable
from cloud.kit.patience import LONGEST_WAIT_SECONDS, wait_for_database, write_patiently
from cloud.kit.queue import LeaseLost


async def test_what_the_database_does_not_take_is_written_when_it_does() -> None:
    tries: list[int] = []

    async def write() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("database_busy", "Busy.", retry_after=1)

    await write_patiently(write, scale=0)
    assert len(tries) == 3


async def test_a_lease_that_is_lost_is_not_waited_for() -> None:
    async def write() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await write_patiently(write, scale=0)


def test_it_waits_longer_and_longer_up_to_a_bound() -> None:
    assert wait_for_database(0) <= 1
    assert max(wait_for_database(50) for _ in range(100)) <= LONGEST_WAIT_SECONDS
