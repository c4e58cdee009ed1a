"""A worker: takes a turn whenever its bell rings, and looks anyway every few seconds.

The only blanket `except` of the project stands here: a turn that fails in an unforeseen way is
logged, and the worker goes on after a pause. What the turn was about is safe, as its row's lease
runs out and somebody claims it again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from cloud.kit.bells import Bells, wait_for
from cloud.kit.logs import get_logger

log = get_logger(__name__)

PAUSE_AFTER_FAILURE_SECONDS = 2.0

Turn = Callable[[], Awaitable[bool]]
"""Does some of the work; whether there may be more to do at once."""


async def work_forever(
    name: str, turn: Turn, bells: Bells, *, topic: str, look_every_seconds: float = 3
) -> None:
    """Take turns until cancelled."""
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
                await wait_for(rung, look_every_seconds)
