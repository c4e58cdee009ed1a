import threading
from pathlib import Path

from device.answers import Answer
from device.config import Pins, Standing
from device.following import Following
from device.spool import Spool


class SlowCloud:
    """Answers with the document of a moment ago, once it is let."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()

    def fetch_config(self) -> Answer:
        self.is_asked.set()
        assert self.may_answer.wait(10)
        return Answer(200, {}, b'{"trigger": {"interval_seconds": 60}}')


def test_a_slow_answer_does_not_undo_what_was_pushed_meanwhile(tmp_path: Path) -> None:
    cloud, spool, standing = SlowCloud(), Spool(tmp_path / "spool"), Standing(Pins())
    following = Following(cloud, spool, standing)
    fetching = threading.Thread(target=following.follow, args=(1,))
    fetching.start()
    assert cloud.is_asked.wait(10)
    pushed = {"trigger": {"interval_seconds": 90}}
    pushing = threading.Thread(target=following.put_in_force, args=(2, pushed))
    pushing.start()
    pushing.join(0.1)
    cloud.may_answer.set()
    fetching.join(10)
    pushing.join(10)
    assert (standing.version, standing.config.trigger.interval_seconds) == (2, 90)
    assert spool.kept_config() == (2, pushed)
    spool.close()
