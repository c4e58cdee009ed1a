"""What many pages ask for at one moment, drawn once.

Every open page of an organization hears of a verdict at the same instant, and asks for the same
card. Each names the event that it heard of: what is drawn after that event shows it, so it is good
for all who heard the same one. It is kept for a moment only, as it says how long ago things were.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request

KEPT_SECONDS = 2.0

T = TypeVar("T")


class AtHand:
    """What one process has just drawn or is drawing, by whose it is and what it shows."""

    def __init__(self) -> None:
        self._drawn: dict[Hashable, asyncio.Future[Any]] = {}

    async def find(
        self, organization_id: UUID, what: Hashable, draw: Callable[[], Awaitable[T]]
    ) -> T:
        """What `draw` makes, unless somebody of the organization has just asked for the same.

        `what` names everything that it depends on. Raises what `draw` raises.
        """
        key = (organization_id, what)
        drawing = self._drawn.get(key)
        if drawing is None:
            drawing = asyncio.ensure_future(draw())
            self._drawn[key] = drawing
            drawing.add_done_callback(lambda done: self._keep_for_a_moment(key, done))
        drawn: T = await asyncio.shield(drawing)  # whoever goes away takes it from nobody else
        return drawn

    def _keep_for_a_moment(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        is_drawn = not done.cancelled() and done.exception() is None
        loop = asyncio.get_running_loop()
        loop.call_later(KEPT_SECONDS if is_drawn else 0, self._drawn.pop, key, None)


async def _at_hand(request: Request) -> AtHand:
    at_hand: AtHand = request.app.state.at_hand
    return at_hand


TheAtHand = Annotated[AtHand, Depends(_at_hand)]
