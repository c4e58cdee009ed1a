"""Workers: take turns whenever their bell rings, and look anyway every few seconds.

The only blanket `except` of the project stands here: what fails in an unforeseen way is logged, and
the worker goes on, with the next claim or after a pause. What it was about is safe, as its row's
lease runs out and somebody claims it again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from cloud.kit.bells import Bells, wait_for
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.logs import get_logger
from cloud.kit.queue import Claim, LeaseLost, Queue

log = get_logger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 2.0
LOOK_EVERY_SECONDS = 3.0

Turn = Callable[[], Awaitable[bool]]
"""Does some of the work; whether there may be more to do at once."""

Handle = Callable[[Claim], Awaitable[None]]
"""Does one claimed thing to its end: finishes the claim or gives it back."""

HandleInWork = Callable[[OrganizationWork, Claim], Awaitable[None]]
"""The same, in a transaction of the claim's organization."""


async def work_forever(
    name: str,
    turn: Turn,
    bells: Bells,
    *,
    topic: str,
    look_every: float = LOOK_EVERY_SECONDS,
    gather: float = 0,
) -> None:
    """Take turns until cancelled; look every so many seconds where no bell rings.

    `gather` is how long a bell waits for others, so that one turn does what all of them ask for.
    """
    rung = asyncio.Event()
    async with bells.heard(topic, lambda _key: rung.set()):
        while True:
            try:
                more = await turn()
            except Exception:
                log.exception("worker_turn_failed", worker=name)
                await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
                continue
            if not more:
                await wait_for(rung, look_every)
                await asyncio.sleep(gather)
                rung.clear()


async def keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run what has no end of its own, and once more after a pause where it fails all the same."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("worker_failed", worker=name)
        await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)


def once_every(seconds: float, act: Callable[[], Awaitable[object]]) -> Turn:
    """A turn that acts at once and then again whenever so much time has passed.

    Where acting fails, it is tried again the next time: what is rare is not urgent.
    """
    due = 0.0

    async def turn() -> bool:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + seconds
            await act()
        return False

    return turn


async def serve_each(
    work: str, organization_ids: Iterable[UUID], act: Callable[[UUID], Awaitable[object]]
) -> None:
    """Act for one organization after the other, each on its own.

    What fails for one is logged, and keeps no other from it; its own turn comes again with the next
    round.
    """
    for organization_id in organization_ids:
        try:
            await act(organization_id)
        except Exception:
            log.exception(
                "organization_not_served", work=work, organization_id=str(organization_id)
            )


async def handle_due(
    queue: Queue, handle: HandleInWork, database: Database, *, limit: int, lease_seconds: float
) -> int:
    """Claim once, handle each claim in a transaction of its own, and say how many they were."""
    claims = await queue.claim(database, limit=limit, lease_seconds=lease_seconds, after=None)
    for claim in claims:
        with contained(queue, claim):
            async with database.work_for(claim.organization_id) as work:
                await handle(work, claim)
    return len(claims)


@contextmanager
def contained(queue: Queue, *claims: Claim) -> Iterator[None]:
    """Keep what fails with these claims from stopping the others: they are claimed again later."""
    try:
        yield
    except LeaseLost:
        return
    except Exception:
        ids = [str(claim.id) for claim in claims]
        log.exception("claim_not_handled", queue=queue.name, ids=ids)


@dataclass
class ClaimWorker:
    """Handles a queue's claims, up to `slots` at once, and keeps each one's lease alive."""

    queue: Queue
    handle: Handle
    database: Database
    slots: int
    lease_seconds: float
    _last_served: UUID | None = None

    async def run(self, bells: Bells) -> None:
        """Claim and handle until cancelled; what is under way then is cancelled too.

        An end of work is a reason to claim only while the queue held more than there were slots:
        of what is put in later, the bell tells.
        """
        rung = asyncio.Event()
        running: set[asyncio.Task[None]] = set()
        is_drained = False

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            if not is_drained:
                rung.set()

        async with (
            bells.heard(self.queue.name, lambda _key: rung.set()),
            asyncio.TaskGroup() as group,
        ):
            while True:
                free = self.slots - len(running)
                claims = await self._claim(free)
                is_drained = len(claims) < free
                for claim in claims:
                    task = group.create_task(self._attend(claim))
                    running.add(task)
                    task.add_done_callback(ended)
                await wait_for(rung, LOOK_EVERY_SECONDS)

    async def turn(self) -> int:
        """Claim once, handle what was claimed, and say how much that was."""
        claims = await self._claim(self.slots)
        await asyncio.gather(*(self._attend(claim) for claim in claims))
        return len(claims)

    async def _claim(self, free: int) -> list[Claim]:
        if free <= 0:
            return []
        try:
            claims = await self.queue.claim(
                self.database,
                limit=free,
                lease_seconds=self.lease_seconds,
                after=self._last_served,
            )
        except Exception:
            log.exception("claim_failed", queue=self.queue.name)
            await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            return []
        if claims:
            self._last_served = claims[-1].organization_id
        return claims

    async def _attend(self, claim: Claim) -> None:
        alive = asyncio.create_task(self._keep_alive(claim))
        try:
            with contained(self.queue, claim):
                await self.handle(claim)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claim))
            raise
        finally:
            alive.cancel()
            await asyncio.gather(alive, return_exceptions=True)

    async def _give_back(self, claim: Claim) -> None:
        """The process is stopping: another one may go on at once."""
        with suppress(LeaseLost):
            async with self.database.work() as work:
                await self.queue.give_back(work, claim)

    async def _keep_alive(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self.lease_seconds / 3)
            try:
                await self.queue.extend(self.database, claim, self.lease_seconds)
            except LeaseLost:
                return
            except Exception:
                log.exception("lease_not_extended", queue=self.queue.name, id=str(claim.id))
