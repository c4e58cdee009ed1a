from pathlib import Path

import pytest

from device.command_book import Command
from device.spool import Asking, Spool
from tests.device.cloud_stand_in import LATER
from tests.device.pictures import picture


def take_two(folder: Path, activation_id: str | None) -> str:
    """The id of the spool in which two pictures wait now, a command and a configuration beside."""
    spool = Spool(folder, activation_id=activation_id)
    for shade in (10, 20):
        spool.take(picture(shade), Asking(label="interval"))
    spool.commands.receive(Command("c1", "t-1", "manual", LATER), "7")
    spool.keep_config(3, {"privacy": {"masks": []}})
    spool.close()
    return spool.id


def test_what_was_taken_for_one_activation_is_not_sent_under_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    former_id = take_two(tmp_path, "a-1")
    spool = Spool(tmp_path, activation_id="a-2")
    assert spool.next_waiting() is None
    assert len(list((tmp_path / "set-aside").iterdir())) == 2
    assert "not sent but set aside count=2" in caplog.text
    assert spool.id != former_id
    assert (spool.kept_config(), spool.commands.last_event_id()) == (None, None)
    assert spool.commands.unfinished() == []
    spool.take(picture(30), Asking())
    spool.close()
    again = Spool(tmp_path, activation_id="a-2")
    assert (again.counts().waiting, again.counts().dropped) == (1, 0)
    again.close()


def test_it_is_not_sent_under_another_where_its_index_was_lost_either(tmp_path: Path) -> None:
    take_two(tmp_path, "a-1")
    (tmp_path / "index.db").unlink()
    spool = Spool(tmp_path, activation_id="a-2")
    assert spool.next_waiting() is None
    spool.close()


@pytest.mark.parametrize(
    ("before", "after"), [("a-1", "a-1"), (None, "a-1"), ("a-1", None), (None, None)]
)
def test_a_new_key_for_the_same_activation_or_for_none_that_is_named_loses_nothing(
    tmp_path: Path, before: str | None, after: str | None
) -> None:
    former_id = take_two(tmp_path, before)
    spool = Spool(tmp_path, activation_id=after)
    assert spool.counts().waiting == 2
    assert spool.id == former_id
    assert spool.kept_config() == (3, {"privacy": {"masks": []}})
    spool.close()
