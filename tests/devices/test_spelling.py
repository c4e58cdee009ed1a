"""How ids and codes are read however they are typed."""

import pytest

from cloud.devices.spelling import new_unit_id, normal_code, normal_unit_id


@pytest.mark.parametrize(
    "typed",
    [
        "VS-7K3M-9QXT-0H1C",
        "vs-7k3m-9qxt-0h1c",
        "vs7k3m9qxt0h1c",
        " VS 7K3M 9QXT OHIC ",
        "7k3m-9qxt-ohlc",
        "VS–7K3M–9QXT–0H1C",
    ],
)
def test_a_unit_id_has_one_spelling(typed: str) -> None:
    assert normal_unit_id(typed) == "VS-7K3M-9QXT-0H1C"


@pytest.mark.parametrize("typed", ["", "VS", "VS-7K3M", "🎉", "\x00", "VS-7K3M-9QXT-0H1C-9999"])
def test_what_is_no_unit_id_is_none_of_ours(typed: str) -> None:
    assert len(normal_unit_id(typed)) != len("VS-7K3M-9QXT-0H1C")


def test_a_printed_id_is_in_its_normal_spelling() -> None:
    assert all(normal_unit_id(id_) == id_ for id_ in (new_unit_id() for _ in range(200)))


def test_a_code_is_its_letters_and_digits() -> None:
    assert normal_code("hello – World 26") == "HE110W0R1D26"
