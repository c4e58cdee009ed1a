from collections import Counter

from device.simulate.books import Books, End, Fate
from device.simulate.diary import Connection, Diary
from device.simulate.fleet import Asking, Outcome
from device.simulate.table import command_latencies, lines_of, measure


def test_percentiles_are_of_the_values_that_were_measured() -> None:
    found = measure([float(number) for number in range(1, 101)])
    assert found is not None
    assert (found.count, found.p50, found.p95, found.p99, found.worst) == (100, 50, 95, 99, 100)
    assert measure([]) is None


def outcome(books: Books, diary: Diary, *askings: Asking) -> Outcome:
    judged = {
        "received_at": "2026-03-01T12:00:00Z",
        "evaluated_at": "2026-03-01T12:00:01.500Z",
    }
    return Outcome(books, [diary], [judged], askings, 1, 0.0, 12.0)


def test_the_table_names_each_end_and_its_reason() -> None:
    ends = Counter({Fate(End.JUDGED, "normal"): 2, Fate(End.LOST, "refused: 422"): 1})
    diary = Diary(uploads=[0.25], connections=[Connection(1.0, 0.5)], statuses={"201": 3})
    text = "\n".join(lines_of(outcome(Books(3, ends, ()), diary)))
    assert "1 cameras, 12 seconds, 3 pictures taken" in text
    assert "refused: 422" in text
    assert "1.500" in text
    assert text.endswith("the books balance")


def test_what_is_strange_is_said_and_the_books_do_not_balance() -> None:
    text = "\n".join(lines_of(outcome(Books(0, {}, ("VS-1: a hole",)), Diary())))
    assert "STRANGE: VS-1: a hole" in text
    assert text.endswith("THE BOOKS DO NOT BALANCE")


def test_a_commands_latency_counts_where_the_camera_was_listening() -> None:
    diary = Diary(heard={"t1": 5.5, "t2": 90.0})
    askings = (
        Asking("t1", 0, 5.0, connected=True),
        Asking("t2", 0, 5.0, connected=False),
        Asking("t3", 0, 5.0, connected=True),
    )
    assert command_latencies(outcome(Books(0, {}, ()), diary, *askings)) == [0.5]
