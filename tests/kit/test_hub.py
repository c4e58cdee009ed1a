import asyncio

import pytest

from cloud.kit.hub import READER_BYTES, READER_MESSAGES, Hub, Reader, ReaderClosed
from cloud.kit.messages import Message, message


def said(number: int) -> Message:
    return message("number", number, number)


async def read_all(reader: Reader) -> list[int | None]:
    """What is queued, to the end of the stream."""
    found = []
    with pytest.raises(ReaderClosed):  # noqa: PT012  # reads until then
        while True:
            found.append((await reader.next()).id)
    return found


async def test_every_reader_of_a_key_gets_the_messages_in_order() -> None:
    hub = Hub()
    one, two = hub.add("a"), hub.add("a")
    for number in range(3):
        hub.offer("a", said(number))
    hub.close()
    assert await read_all(one) == await read_all(two) == [0, 1, 2]


async def test_a_message_of_another_key_is_not_heard_and_one_for_all_is() -> None:
    hub = Hub()
    reader = hub.add("a")
    hub.offer("b", said(1))
    hub.offer_all(said(2))
    hub.close()
    assert await read_all(reader) == [2]


async def test_a_reader_waits_for_what_is_to_come() -> None:
    hub = Hub()
    reader = hub.add("a")
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    hub.offer("a", said(1))
    assert (await waiting).id == 1


async def test_a_reader_that_does_not_keep_up_is_let_go_and_costs_the_others_nothing() -> None:
    hub = Hub()
    slow, quick = hub.add("a"), hub.add("a")
    for number in range(READER_MESSAGES + 1):
        hub.offer("a", said(number))
        assert (await quick.next()).id == number
    assert await read_all(slow) == [], "what it missed is replayed when it comes again"
    hub.offer("a", said(-1))
    assert (await quick.next()).id == -1


async def test_few_large_messages_are_too_many_as_well() -> None:
    hub = Hub()
    slow, quick = hub.add("a"), hub.add("a")
    large = Message("large", b" " * (READER_BYTES // 4))
    for _ in range(5):
        hub.offer("a", large)
        await quick.next()
    assert await read_all(slow) == []
    hub.offer("a", said(1))
    assert (await quick.next()).id == 1


async def test_a_closed_hub_ends_streams_that_open_later_too() -> None:
    hub = Hub()
    hub.close()
    assert await read_all(hub.add("a")) == []


async def test_a_reader_that_left_is_forgotten_and_its_stream_ends() -> None:
    hub = Hub()
    one, two, other = hub.add("a"), hub.add("a"), hub.add("b")
    assert hub.count() == 3
    assert sorted(hub.keys()) == ["a", "b"]
    for _ in range(2):
        hub.remove("a", one)
    hub.remove("a", two)
    hub.remove("b", other)
    assert hub.count() == 0
    assert hub.keys() == []
    assert await read_all(one) == []
