"""Turns that act now and then."""

import pytest

from cloud.kit.worker import once_every


class Acts:
    """Counts how often it was done; fails at the first `failures`."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self._failures = failures

    async def __call__(self) -> None:
        self.times += 1
        if self.times <= self._failures:
            raise RuntimeError


async def test_the_first_turn_acts_and_the_next_ones_wait() -> None:
    acts = Acts()
    turn = once_every(3600, acts)
    assert [await turn() for _ in range(3)] == [False, False, False]
    assert acts.times == 1


async def test_it_acts_again_when_the_time_has_passed() -> None:
    acts = Acts()
    turn = once_every(0, acts)
    for _ in range(3):
        await turn()
    assert acts.times == 3


async def test_what_failed_is_left_until_the_next_time() -> None:
    acts = Acts(failures=1)
    turn = once_every(3600, acts)
    with pytest.raises(RuntimeError):
        await turn()
    await turn()
    assert acts.times == 1
