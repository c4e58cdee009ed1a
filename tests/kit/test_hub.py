import pytest

from cloud.kit.hub import READER_CAPACITY, Hub, Reader, ReaderClosed


async def read_all(reader: Reader[int]) -> list[int]:
    """What is queued, to the end of the stream."""
    found = []
    with pytest.raises(ReaderClosed):  # noqa: PT012  # reads until then
        while True:
            news = await reader.next(1)
            assert news is not None
            found.append(news)
    return found


async def test_every_reader_of_a_key_gets_the_news_in_order() -> None:
    hub: Hub[int] = Hub()
    with hub.reader("a") as one, hub.reader("a") as two:
        for number in range(3):
            hub.offer("a", number)
        hub.close()
        assert await read_all(one) == await read_all(two) == [0, 1, 2]


async def test_news_of_another_key_is_not_heard() -> None:
    hub: Hub[int] = Hub()
    with hub.reader("a") as reader:
        hub.offer("b", 1)
        assert await reader.next(0.01) is None


async def test_a_reader_that_does_not_keep_up_is_let_go_and_costs_the_others_nothing() -> None:
    hub: Hub[int] = Hub()
    with hub.reader("a") as slow, hub.reader("a") as quick:
        for number in range(READER_CAPACITY + 1):
            hub.offer("a", number)
            assert await quick.next(1) == number
        assert await read_all(slow) == list(range(READER_CAPACITY))
        hub.offer("a", -1)
        assert await quick.next(1) == -1


async def test_a_closed_hub_ends_streams_that_open_later_too() -> None:
    hub: Hub[int] = Hub()
    hub.close()
    with hub.reader("a") as reader:
        assert await read_all(reader) == []


async def test_a_reader_that_left_is_forgotten() -> None:
    hub: Hub[int] = Hub()
    with hub.reader("a"), hub.reader("a"), hub.reader("b"):
        assert hub.count() == 3
        assert sorted(hub.keys()) == ["a", "b"]
    assert hub.count() == 0
    assert hub.keys() == []
