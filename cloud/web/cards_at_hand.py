"""Cards that many pages ask for at one moment, drawn once.

Every open page of an organization hears of a verdict at the same instant, and asks for the same
card. Each names the event that it heard of: a card drawn after that event shows it, so it is good
for all who heard the same one. It is kept for a moment only, as it says how long ago things were.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from uuid import UUID

KEPT_SECONDS = 2.0


class CardsAtHand:
    """What one process has just drawn or is drawing, by whose it is and what it shows."""

    def __init__(self) -> None:
        self._cards: dict[Hashable, asyncio.Future[str]] = {}

    async def find(
        self, organization_id: UUID, what: Hashable, draw: Callable[[], Awaitable[str]]
    ) -> str:
        """The card, drawn unless somebody of the organization has just asked for it.

        Raises what `draw` raises.
        """
        key = (organization_id, what)
        card = self._cards.get(key)
        if card is None:
            card = asyncio.ensure_future(draw())
            self._cards[key] = card
            card.add_done_callback(lambda done: self._keep_for_a_moment(key, done))
        return await asyncio.shield(card)  # whoever goes away takes it from nobody else

    def _keep_for_a_moment(self, key: Hashable, card: asyncio.Future[str]) -> None:
        is_drawn = not card.cancelled() and card.exception() is None
        loop = asyncio.get_running_loop()
        loop.call_later(KEPT_SECONDS if is_drawn else 0, self._cards.pop, key, None)
