"""Rate limits that all processes share and that survive restarts.

The generic cell rate algorithm (GCRA, ITU-T I.371): a row per key holds the theoretical arrival
time; one statement on the database's clock lets a request pass and moves it on, or refuses.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.database import Database
from cloud.kit.errors import TooManyRequests
from cloud.kit.headers import add_headers
from cloud.kit.models import Table


class RateLimit(Table):
    """One key's place in time. Without content: keys are hashes."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    arrival_at: Mapped[datetime]


BATCH = 10_000
"""Rows removed in one transaction, so that none takes long: every address that asks has some."""


@dataclass(frozen=True)
class Limit:
    """At most `burst` at once, refilled to full over `seconds`."""

    name: str
    burst: int
    seconds: float

    @property
    def interval(self) -> float:
        """Seconds until one more is allowed."""
        return self.seconds / self.burst


@dataclass(frozen=True)
class Allowance:
    """What a limit said of one request; `headers` are what the answer tells the caller."""

    allowed: bool
    limit: Limit
    remaining: int
    retry_after: float

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit.burst),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(round(max(self.retry_after, self.limit.interval))),
        }


async def spend(database: Database, limit: Limit, key: str) -> Allowance:
    """Count one request against a limit, in a transaction of its own, refused or not."""
    values = {"key": _row_key(limit, key), "interval": limit.interval, "window": limit.seconds}
    (row,) = await database.ask(SPEND, values)
    return Allowance(
        allowed=row.passed,
        limit=limit,
        remaining=max(0, int((limit.seconds - row.ahead) / limit.interval + EPSILON)),
        retry_after=0 if row.passed else max(0.0, row.ahead + limit.interval - limit.seconds),
    )


async def hold_to(request: Request, database: Database, limit: Limit, key: str) -> None:
    """Count the request; its answer carries the RateLimit headers. Raises TooManyRequests."""
    allowance = await spend(database, limit, key)
    add_headers(request, allowance.headers)
    if not allowance.allowed:
        raise TooManyRequests(
            "too_many_requests",
            "That was too often. Wait a little and try again.",
            retry_after=allowance.retry_after,
            headers=allowance.headers,
        )


async def give_back(database: Database, limit: Limit, key: str) -> None:
    """Take back one request that was counted: it turned out not to be of the limited kind."""
    async with database.work() as work:
        await work.execute(GIVE_BACK, {"key": _row_key(limit, key), "interval": limit.interval})


async def forget_spent_limits(database: Database) -> None:
    """Remove the rows that limit nothing any more."""
    removed = BATCH
    while removed == BATCH:
        async with database.work() as work:
            removed = await work.run(FORGET, {"most": BATCH})


def _row_key(limit: Limit, key: str) -> str:
    return f"{limit.name}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


EPSILON = 1e-6

# `arrival_at` moves on by one interval when the request passes; it may run ahead of now by at most
# the window. The second SELECT answers for a refused request, whose row was not touched; a row that
# another first request made meanwhile is not in this statement's view, and stands at the window.
# Nothing waits for the disk: a count that a crash of the database loses harms nobody.
SPEND = text("""
WITH now AS (SELECT clock_timestamp() AS at),
passed AS (
  INSERT INTO rate_limits AS r (key, arrival_at)
  SELECT :key, at + make_interval(secs => :interval) FROM now
  ON CONFLICT (key) DO UPDATE
    SET arrival_at = greatest(r.arrival_at, (SELECT at FROM now)) + make_interval(secs => :interval)
    WHERE greatest(r.arrival_at, (SELECT at FROM now)) + make_interval(secs => :interval)
       <= (SELECT at FROM now) + make_interval(secs => :window)
  RETURNING arrival_at
)
SELECT EXISTS (SELECT FROM passed) AS passed,
  extract(epoch FROM coalesce(
    (SELECT arrival_at FROM passed),
    (SELECT arrival_at FROM rate_limits WHERE key = :key),
    (SELECT at FROM now) + make_interval(secs => :window)
  ) - (SELECT at FROM now))::float AS ahead,
  set_config('synchronous_commit', 'off', true)
""")

GIVE_BACK = text("""
UPDATE rate_limits SET arrival_at = arrival_at - make_interval(secs => :interval) WHERE key = :key
""")

FORGET = text("""
DELETE FROM rate_limits WHERE key IN (
  SELECT key FROM rate_limits WHERE arrival_at < clock_timestamp() LIMIT :most
)
""")
