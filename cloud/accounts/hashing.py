"""Hashing of passwords: Argon2id, on two threads of its own, so that nothing else waits for it.

The parameters are the second choice of RFC 9106 (64 MiB, three passes, four lanes). When they
change, a password is hashed anew at its owner's next sign-in.
"""

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from cloud.kit.errors import Unavailable

AT_ONCE = 2
MOST_WAITING = 100
"""Sign-ins waiting for a thread; one takes about a fifth of a second."""

T = TypeVar("T")


@dataclass(frozen=True)
class Check:
    """Whether a password is the right one, and whether its hash is of older parameters."""

    matches: bool
    outdated: bool = False


class Hasher:
    """Hashes and checks passwords off the event loop, at most two at once."""

    def __init__(self, parameters: argon2.Parameters = argon2.profiles.RFC_9106_LOW_MEMORY) -> None:
        self._argon2 = argon2.PasswordHasher.from_parameters(parameters)
        self._nobodys = _hash_of_nothing(parameters)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The password's hash with its parameters and salt, as one text. Raises Unavailable."""
        prepared = _prepared(password)
        return await self.off_the_loop(lambda: self._argon2.hash(prepared))

    async def check(self, stored: str | None, password: str) -> Check:
        """Compare; without a stored hash it fails, but takes the same time. Raises Unavailable."""
        prepared = _prepared(password)
        return await self.off_the_loop(lambda: self._check(stored, prepared))

    async def off_the_loop(self, work: Callable[[], T]) -> T:
        """Do the work on one of the threads. Raises Unavailable when too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable(
                "sign_in_busy", "Many people sign in right now. Try again soon.", retry_after=5
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _check(self, stored: str | None, password: str) -> Check:
        try:
            self._argon2.verify(stored or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return Check(matches=False)
        if stored is None:
            return Check(matches=False)
        return Check(matches=True, outdated=self._argon2.check_needs_rehash(stored))


def _prepared(password: str) -> str:
    """Letters with accents are typed differently on different keyboards (RFC 8265, NFC)."""
    return unicodedata.normalize("NFC", password)


def _hash_of_nothing(parameters: argon2.Parameters) -> str:
    """A hash that no password has and whose check costs as much as any other's."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (parameters.salt_len, parameters.hash_len)
    )
    return (
        f"$argon2id$v={parameters.version}$m={parameters.memory_cost},t={parameters.time_cost},"
        f"p={parameters.parallelism}${salt}${digest}"
    )
