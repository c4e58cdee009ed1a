"""Which passwords are taken, and how they are hashed."""

import time
from dataclasses import replace

import pytest
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from cloud.accounts import hashing
from cloud.accounts.hashing import Hasher
from cloud.accounts.passwords import refuse_weak_password
from cloud.kit.errors import Malformed, Unavailable

KNOWN = ("anna.smith@example.com", "Anna Smith")
WORKING = replace(RFC_9106_LOW_MEMORY, memory_cost=8192, time_cost=2, parallelism=1)


@pytest.mark.parametrize(
    "password",
    [
        "kettle lantern orchard",
        "vK8#qPz2mLw!",
        "gartenzaun-lampe-7",
        "żółw pod stołem",
        "🐢🦊 kettle lamp",
    ],
)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    refuse_weak_password(password, known=KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "vK8#qPz2m",
        "password12",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "2026-11-22",
        "Visant2026!",
        "visant-visant",
        "annasmith1990",
        "anna.smith@example.com",
        "smithexample!",
        "kettle lantern orchard " * 6,
    ],
)
def test_what_is_short_common_or_close_to_the_person_is_refused(password: str) -> None:
    with pytest.raises(Malformed) as refused:
        refuse_weak_password(password, known=KNOWN, field="new_password")
    assert refused.value.code == "password_too_weak"
    assert refused.value.errors[0].field == "new_password"
    assert refused.value.detail.endswith(".")


def test_the_longest_password_is_looked_at_quickly() -> None:
    started = time.process_time()
    refuse_weak_password("".join(chr(33 + 7 * n % 90) for n in range(128)), known=KNOWN)
    assert time.process_time() - started < 0.5


async def test_a_hash_is_argon2id_and_differs_each_time() -> None:
    hasher = Hasher(CHEAPEST)
    first, second = await hasher.hash("kettle lantern"), await hasher.hash("kettle lantern")
    assert first.startswith("$argon2id$")
    assert first != second
    assert (await hasher.check(first, "kettle lantern")).matches
    assert not (await hasher.check(first, "kettle lanterns")).matches


async def test_a_hash_costs_what_the_standard_recommends() -> None:
    assert "$m=65536,t=3,p=4$" in await Hasher().hash("kettle lantern")


@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
async def test_what_is_no_hash_matches_nothing(stored: str | None) -> None:
    assert not (await Hasher(CHEAPEST).check(stored, "")).matches


async def test_a_check_without_a_hash_costs_as_much_as_one_with() -> None:
    hasher = Hasher(WORKING)
    stored = await hasher.hash("kettle lantern")
    with_hash = [await seconds_of_check(hasher, stored) for _ in range(5)]
    without = [await seconds_of_check(hasher, None) for _ in range(5)]
    assert 0.4 < min(without) / min(with_hash) < 2.5


async def seconds_of_check(hasher: Hasher, stored: str | None) -> float:
    started = time.process_time()
    assert not (await hasher.check(stored, "wrong")).matches
    return time.process_time() - started


async def test_too_many_who_wait_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 0)
    with pytest.raises(Unavailable) as refused:
        await Hasher(CHEAPEST).hash("kettle lantern")
    assert refused.value.code == "sign_in_busy"
    assert refused.value.retry_after is not None
