import asyncio
from uuid import UUID, uuid4

import pytest

from cloud.web.at_hand import AtHand

OURS = uuid4()


class Drawing:
    """Draws slowly, and counts how often."""

    def __init__(self, error: Exception | None = None) -> None:
        self.drawn = 0
        self.go_on = asyncio.Event()
        self._error = error

    async def __call__(self) -> str:
        self.drawn += 1
        await self.go_on.wait()
        if self._error:
            raise self._error
        return f"card {self.drawn}"


async def ask_at_once(
    at_hand: AtHand, drawing: Drawing, keys: list[tuple[UUID, int]]
) -> list[str | BaseException]:
    asked = [asyncio.create_task(at_hand.find(whose, event, drawing)) for whose, event in keys]
    await asyncio.sleep(0)
    drawing.go_on.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_a_card_that_all_ask_for_at_one_moment_is_drawn_once() -> None:
    at_hand, drawing = AtHand(), Drawing()
    assert await ask_at_once(at_hand, drawing, 100 * [(OURS, 7)]) == 100 * ["card 1"]
    assert await at_hand.find(OURS, 7, drawing) == "card 1"


async def test_another_event_and_another_organization_have_their_own() -> None:
    drawing = Drawing()
    await ask_at_once(AtHand(), drawing, [(OURS, 7), (OURS, 8), (uuid4(), 7)])
    assert drawing.drawn == 3


async def test_a_card_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.web.at_hand.KEPT_SECONDS", 0)
    at_hand, drawing = AtHand(), Drawing()
    await ask_at_once(at_hand, drawing, [(OURS, 7)])
    await asyncio.sleep(0.01)
    assert await at_hand.find(OURS, 7, drawing) == "card 2"


async def test_what_went_wrong_is_told_to_all_and_tried_again() -> None:
    at_hand, drawing = AtHand(), Drawing(LookupError("gone"))
    told = await ask_at_once(at_hand, drawing, [(OURS, 7), (OURS, 7)])
    assert [type(one) for one in told] == [LookupError, LookupError]
    await asyncio.sleep(0.01)
    with pytest.raises(LookupError):
        await at_hand.find(OURS, 7, drawing)
    assert drawing.drawn == 2


async def test_whoever_goes_away_takes_the_card_from_nobody_else() -> None:
    at_hand, drawing = AtHand(), Drawing()
    first = asyncio.create_task(at_hand.find(OURS, 7, drawing))
    await asyncio.sleep(0)
    second = asyncio.create_task(at_hand.find(OURS, 7, drawing))
    await asyncio.sleep(0)
    first.cancel()
    drawing.go_on.set()
    assert await second == "card 1"
