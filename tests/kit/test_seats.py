"""Places to wait in: so many in all, and so many for one network."""

import pytest

from cloud.kit.errors import TooManyRequests, Unavailable
from cloud.kit.seats import Seats


def test_a_network_has_its_share_and_no_more_and_others_have_theirs() -> None:
    seats = Seats(of_network=2, in_all=9)
    with seats.taken("2001:db8::1"), seats.taken("2001:db8::2"):
        with pytest.raises(TooManyRequests) as refused, seats.taken("2001:db8::3"):
            pass
        with seats.taken("192.0.2.7"):
            pass
    assert refused.value.retry_after
    with seats.taken("2001:db8::3"):
        pass


def test_beyond_what_there_is_in_all_everybody_is_asked_to_come_again() -> None:
    seats = Seats(of_network=2, in_all=2)
    with (
        seats.taken("192.0.2.1"),
        seats.taken("192.0.2.2"),
        pytest.raises(Unavailable) as refused,
        seats.taken("192.0.2.3"),
    ):
        pass
    assert refused.value.retry_after
    with seats.taken("192.0.2.3"):
        pass


def test_a_place_is_free_again_whatever_happened_to_whoever_held_it() -> None:
    seats = Seats(of_network=1, in_all=1)
    with pytest.raises(ZeroDivisionError), seats.taken("192.0.2.1"):
        raise ZeroDivisionError
    with seats.taken("192.0.2.1"):
        pass
