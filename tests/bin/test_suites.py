from pathlib import Path

import pytest

from bin import _test


def test_names_come_before_the_first_option() -> None:
    words = ["captures", "device", "-k", "captures", "-x"]
    assert _test.split(words) == (["captures", "device"], ["-k", "captures", "-x"])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("bin", "tests/bin"),
        ("tests/bin", "tests/bin"),
        ("bin/suites", "tests/bin/test_suites.py"),
        ("bin/test_suites.py::test_x", "tests/bin/test_suites.py::test_x"),
    ],
)
def test_a_suite_is_found_by_its_short_name(name: str, path: str) -> None:
    assert _test.find_suite(name) == Path(path)


def test_a_name_that_is_none_gets_the_list_of_suites() -> None:
    with pytest.raises(SystemExit, match=r"The suites: .*bin"):
        _test.find_suite("nothing")
