"""Writing down what cannot be had again for nothing: as soon as the database takes it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import count

from cloud.kit.errors import Unavailable
from cloud.kit.logs import get_logger

log = get_logger(__name__)

LONGEST_WAIT_SECONDS = 10.0


async def write_patiently(write: Callable[[], Awaitable[None]], *, scale: float) -> None:
    """Write until the database takes it. What `write` raises otherwise, as LeaseLost, ends it.

    `scale` shortens the waits, as in tests.
    """
    for tries in count():
        try:
            await write()
        except Unavailable as away:
            log.warning("not_written_yet", why=away.code)
        else:
            return
        await asyncio.sleep(wait_for_database(tries) * scale)


def wait_for_database(tries: int) -> float:
    """Seconds until what is known is written down anew, after so many tries; full jitter."""
    longest = min(LONGEST_WAIT_SECONDS, 2.0**tries)
    return random.uniform(0, longest)  # noqa: S311  # no secret
