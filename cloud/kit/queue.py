"""Work to be done, as rows: claimed with a lease, fairly over organizations, by any process.

A row holds no content, only which queue, whose, and the id of what is to be done; it is put in
the transaction that made the work necessary and removed in the one that records its outcome.
`due_at` is when the row may be claimed: at once, after a retry's wait, or when the lease of
whoever claimed it has run out. So a crashed worker's rows come back by themselves.

The claim goes round the organizations: it takes one row of the next organization in the order of
their ids, then one of the next, so that a flood of one starves nobody. It walks the index
`(queue, organization_id, due_at)` from organization to organization (a loose index scan, see the
PostgreSQL wiki) and never sorts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, Text, delete, func, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.kit.bells import RING, bell, ring
from cloud.kit.database import Database, Work
from cloud.kit.models import Table
from cloud.kit.pipelines import Statement


class QueuedWork(Table):
    """One thing to do. Without content: readable before the organization is known."""

    __tablename__ = "queued_work"
    __table_args__ = (Index("ix_queued_work_claim", "queue", "organization_id", "due_at"),)

    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    due_at: Mapped[datetime]
    queued_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    lease_token: Mapped[UUID | None]


@dataclass(frozen=True)
class Claim:
    """The right to do one thing until the lease runs out."""

    id: UUID
    organization_id: UUID
    lease_token: UUID
    attempts: int
    queued_at: datetime


class LeaseLost(Exception):
    """Somebody else has claimed this meanwhile: the result must be thrown away."""


class Queue:
    """One named queue. Its bell rings when something is put in."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def put(
        self,
        work: Work,
        subject_id: UUID,
        organization_id: UUID,
        *,
        delay_seconds: float = 0,
    ) -> None:
        """Queue in this transaction; what is queued already becomes due again, its lease ended."""
        await work.execute(*self.putting(subject_id, organization_id, delay_seconds=delay_seconds))

    def putting(
        self, subject_id: UUID, organization_id: UUID, *, delay_seconds: float = 0
    ) -> Statement:
        """The statement of `put`, to be sent together with others."""
        values = {
            "queue": self.name,
            "id": subject_id,
            "organization_id": organization_id,
            "delay": delay_seconds,
        }
        return PUT, values | bell(self.name)

    async def claim(
        self, database: Database, *, limit: int, lease_seconds: float, after: UUID | None
    ) -> list[Claim]:
        """Up to `limit` due rows, going round the organizations, starting behind `after`."""
        values = {
            "queue": self.name,
            "after": after or FIRST,
            "limit": limit,
            "lease": lease_seconds,
            "token": uuid4(),
        }
        rows = await database.ask(CLAIM, values)
        return [Claim(**row._mapping) for row in rows]  # noqa: SLF001  # its public name

    async def extend(self, database: Database, claim: Claim, lease_seconds: float) -> None:
        """Keep the claim for another lease. Raises LeaseLost."""
        async with database.work() as work:
            kept = self._setting_due(claim, lease_seconds, lease_token=claim.lease_token)
            await self._set_due(work, kept)

    async def hold(self, work: Work, claim: Claim) -> None:
        """Keep the claim from being lost until this work ends. Raises LeaseLost."""
        if await work.scalar(*self.holding(claim)) is None:
            raise LeaseLost

    def holding(self, claim: Claim) -> Statement:
        """The statement of `hold`, to be sent together with others: a row, or none if lost."""
        return HOLD, self._mine(claim)

    async def finish(self, work: Work, claim: Claim) -> None:
        """Remove the row in the transaction that records the outcome. Raises LeaseLost."""
        if not await work.run(*self.finishing(claim)):
            raise LeaseLost

    def finishing(self, claim: Claim) -> Statement:
        """The statement of `finish`, to be sent together with others: a row, or none if lost."""
        return FINISH, self._mine(claim)

    async def retry(
        self, work: Work, claim: Claim, delay_seconds: float, *, attempted: bool = True
    ) -> None:
        """Give the row back, to be claimed again after a wait. Raises LeaseLost.

        Without `attempted` the claim is not counted: nothing was tried.
        """
        await self._set_due(work, self.retrying(claim, delay_seconds, attempted=attempted))

    def retrying(self, claim: Claim, delay_seconds: float, *, attempted: bool = True) -> Statement:
        """The statement of `retry`, to be sent together with others; a lost claim stays."""
        return self._setting_due(claim, delay_seconds, uncounted=int(not attempted))

    async def give_back(self, work: Work, claim: Claim) -> None:
        """Undo a claim: due at once, and not counted as an attempt. Raises LeaseLost."""
        await self._set_due(work, self._setting_due(claim, 0, uncounted=1))
        await ring(work, self.name)

    async def forget(self, work: Work, subject_id: UUID) -> None:
        """Remove the row whoever holds it: what it was about is gone."""
        await work.execute(
            delete(QueuedWork).where(QueuedWork.queue == self.name, QueuedWork.id == subject_id)
        )

    async def _set_due(self, work: Work, statement: Statement) -> None:
        if not await work.run(*statement):
            raise LeaseLost

    def _setting_due(
        self,
        claim: Claim,
        delay_seconds: float,
        *,
        lease_token: UUID | None = None,
        uncounted: int = 0,
    ) -> Statement:
        values = {"delay": delay_seconds, "lease_token": lease_token, "uncounted": uncounted}
        return SET_DUE, {**self._mine(claim), **values}

    def _mine(self, claim: Claim) -> dict[str, Any]:
        return {"queue": self.name, "id": claim.id, "mine": claim.lease_token}


FIRST = UUID(int=0)

MINE = "queue = :queue AND id = :id AND lease_token = :mine"

HOLD = text(f"SELECT id FROM queued_work WHERE {MINE} FOR UPDATE")  # noqa: S608  # a constant

FINISH = text(f"DELETE FROM queued_work WHERE {MINE} RETURNING id")  # noqa: S608  # a constant

SET_DUE = text(f"""
UPDATE queued_work SET
  due_at = clock_timestamp() + make_interval(secs => :delay),
  lease_token = :lease_token, attempts = attempts - :uncounted
WHERE {MINE}
""")  # noqa: S608  # a constant

PUT = text(f"""
WITH put AS (
  INSERT INTO queued_work (queue, id, organization_id, due_at)
  VALUES (:queue, :id, :organization_id, clock_timestamp() + make_interval(secs => :delay))
  ON CONFLICT (queue, id) DO UPDATE SET
    due_at = excluded.due_at, queued_at = clock_timestamp(), attempts = 0, lease_token = NULL
  RETURNING id
)
SELECT {RING} FROM put
""")  # noqa: S608  # a constant

# `turn` lists the organizations that have something queued, from `after` on and then round from
# the first; `candidate` takes from each its due rows, and the n-th rows of all come before the
# (n+1)-th of any.
CLAIM = text("""
WITH RECURSIVE behind AS (
  (SELECT organization_id FROM queued_work
    WHERE queue = :queue AND organization_id > :after ORDER BY organization_id LIMIT 1)
  UNION ALL
  SELECT (SELECT organization_id FROM queued_work
           WHERE queue = :queue AND organization_id > behind.organization_id
           ORDER BY organization_id LIMIT 1)
    FROM behind WHERE behind.organization_id IS NOT NULL
), before AS (
  (SELECT organization_id FROM queued_work
    WHERE queue = :queue AND organization_id <= :after ORDER BY organization_id LIMIT 1)
  UNION ALL
  SELECT (SELECT organization_id FROM queued_work
           WHERE queue = :queue AND organization_id > before.organization_id
             AND organization_id <= :after
           ORDER BY organization_id LIMIT 1)
    FROM before WHERE before.organization_id IS NOT NULL
), turn AS (
  SELECT row_number() OVER () AS place, organization_id FROM (
    SELECT organization_id FROM behind UNION ALL SELECT organization_id FROM before
  ) organizations WHERE organization_id IS NOT NULL
), candidate AS (
  SELECT due.id, turn.place, row_number() OVER (PARTITION BY turn.place ORDER BY due.due_at) AS lap
    FROM turn CROSS JOIN LATERAL (
      SELECT id, due_at FROM queued_work
       WHERE queue = :queue AND organization_id = turn.organization_id
         AND due_at <= clock_timestamp()
       ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) due
), chosen AS (
  SELECT id, lap, place FROM candidate ORDER BY lap, place LIMIT :limit
), claimed AS (
  UPDATE queued_work SET
    lease_token = :token, attempts = attempts + 1,
    due_at = clock_timestamp() + make_interval(secs => :lease)
  WHERE queue = :queue AND id IN (SELECT id FROM chosen)
  RETURNING id, organization_id, lease_token, attempts, queued_at
)
SELECT claimed.* FROM claimed JOIN chosen USING (id) ORDER BY lap, place
""")
