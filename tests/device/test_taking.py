import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device.client import compose_upload
from device.command_book import Command
from device.config import Pins, Standing
from device.picture import Picture
from device.server_time import ServerTime
from device.sources.source import SourceError, SourceHung
from device.spool import Asking, Spool
from device.taking import EXPIRED, Taking
from device.wire import CaptureConfig, PrivacyConfig, mask_version
from tests.device.cloud_stand_in import LATER
from tests.device.pictures import decode, picture

EARLIER = "2020-01-01T00:00:00Z"


class Pictures:
    """A source that gives what it is told to, and stops the taker after the last."""

    def __init__(self, *given: Picture | Exception | None) -> None:
        self._given = iter(given)
        self.stop = threading.Event()

    def read(self, capture: CaptureConfig) -> Picture | None:  # noqa: ARG002 - as the protocol has it
        given = next(self._given)
        if isinstance(given, Exception):
            raise given
        return given


class Schedules:
    def __init__(self, *, asking: bool) -> None:
        self._asking = asking

    def asks_by_schedule(self, interval: float) -> bool:  # noqa: ARG002 - as above
        return self._asking


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


def taking_from(
    source: Pictures,
    spool: Spool,
    limit: int | None = None,
    rests: Callable[[], bool] = lambda: False,
) -> Taking:
    return Taking(
        source,
        spool,
        Standing(Pins(interval_seconds=3600)),
        frames_limit=limit,
        stop=source.stop,
        ring=lambda: None,
        server_time=ServerTime(),
        rests=rests,
    )


def command(name: str, expires_at: str = LATER) -> Command:
    return Command(name, f"t-{name}", "manual", expires_at)


def labels(spool: Spool) -> list[tuple[str | None, str | None]]:
    found = []
    while (waiting := spool.next_waiting()) is not None:
        kept = waiting[0]
        found.append((kept.entry.trigger_id, kept.entry.trigger_label))
        spool.acknowledge(kept, kept.entry.sha256, "r")
    return found


def outcomes(spool: Spool) -> list[tuple[str, str, str | None]]:
    return [(told.command_id, told.status, told.detail) for told in spool.commands.unreported()]


def test_an_asked_picture_carries_its_trigger_and_the_interval_goes_on(spool: Spool) -> None:
    source = Pictures(picture(1), picture(2))
    taking = taking_from(source, spool, limit=2)
    spool.commands.receive(command("c1"), "1")
    taking.ask(command("c1"))
    taking.run()
    assert sorted(labels(spool), key=str) == [("t-c1", "manual"), (None, "interval")]
    assert outcomes(spool) == [("c1", "done", None)]


def test_while_schedules_ask_the_camera_takes_none_by_itself(spool: Spool) -> None:
    source = Pictures(picture(1))
    taking = taking_from(source, spool, limit=1)
    taking.stream = Schedules(asking=True)
    spool.commands.receive(command("c1"), "1")
    runner = threading.Thread(target=taking.run)
    runner.start()
    taking.ask(command("c1"))
    runner.join(10)
    assert labels(spool) == [("t-c1", "manual")]


def test_when_schedules_have_stopped_asking_the_camera_takes_its_own(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(1)), spool, limit=1)
    taking.stream = Schedules(asking=False)
    taking.run()
    assert labels(spool) == [(None, "interval")]


def test_an_expired_command_takes_no_picture_and_is_reported(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(1)), spool, limit=1)
    taking._server_time.hear("2026-03-01T12:00:00Z")
    spool.commands.receive(command("c1", EARLIER), "1")
    taking.ask(command("c1", EARLIER))
    taking.run()
    assert labels(spool) == [(None, "interval")]
    assert outcomes(spool) == [("c1", "failed", EXPIRED)]


def test_a_camera_without_a_picture_fails_the_command_in_words(spool: Spool) -> None:
    taking = taking_from(Pictures(SourceError("Camera 0 hangs."), picture(1)), spool, limit=1)
    spool.commands.receive(command("c1"), "1")
    taking.ask(command("c1"))
    taking.run()
    assert outcomes(spool) == [("c1", "failed", "Camera 0 hangs.")]


def test_the_camera_outlives_what_nobody_foresaw(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    source = Pictures(ZeroDivisionError("a driver's joke"), picture(1))
    taking = taking_from(source, spool, limit=1)
    spool.commands.receive(command("c1"), "1")
    taking.ask(command("c1"))
    taking.run()
    sentence = "The client stumbled: ZeroDivisionError: a driver's joke"
    assert outcomes(spool) == [("c1", "failed", sentence)]
    assert labels(spool) == [(None, "interval")]
    assert 'at="test_taking.py:' in caplog.text


def test_an_input_that_closes_again_and_again_meanwhile_asks_for_one_picture(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(1), picture(2), picture(3)), spool, limit=3)
    spool.commands.receive(command("c1"), "1")
    taking.ask(command("c1"))
    for _ in range(5):
        taking.ask(Asking(label="input"))
    taking.run()
    taken = {("t-c1", "manual"), (None, "input"), (None, "interval")}
    assert Counter(labels(spool)) == Counter(taken)


def test_a_camera_that_rests_takes_only_what_the_cloud_asks_for(spool: Spool) -> None:
    source = Pictures(picture(1))
    taking = taking_from(source, spool, limit=1, rests=lambda: True)
    spool.commands.receive(command("c1"), "1")
    taking.ask(Asking(label="input"))
    taking.ask(command("c1"))
    taking.run()
    assert labels(spool) == [("t-c1", "manual")]


def test_one_command_never_makes_two_pictures_over_a_crash(spool: Spool) -> None:
    spool.commands.receive(command("c1"), "1")
    spool.take(picture(), Asking("t-c1", "manual", "c1"))
    assert spool.commands.unfinished() == []
    assert not spool.commands.receive(command("c1"), "1")


def test_a_camera_that_is_switched_off_by_configuration_still_obeys(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(1)), spool, limit=1)
    config = taking._standing.config
    taking._standing.config = replace(config, trigger=replace(config.trigger, enabled=False))
    spool.commands.receive(command("c1"), "1")
    taking.ask(command("c1"))
    taking.run()
    assert labels(spool) == [("t-c1", "manual")]


def test_a_picture_taken_under_a_wrong_clock_is_sent_with_the_age_that_was_counted(
    spool: Spool,
) -> None:
    taking_from(Pictures(picture(1)), spool, limit=1).run()
    waiting = spool.next_waiting()
    assert waiting is not None
    now = datetime.now(UTC)
    fields = compose_upload(waiting[0], now)
    counted_back = datetime.fromisoformat(json.loads(fields["timing"])["counted_back"])
    assert fields["captured_at"] == "2026-03-01T12:00:01.000+00:00"
    assert timedelta() <= now - counted_back < timedelta(minutes=1)
    assert json.loads(fields["metadata"]) == {"shade": 1}


def test_masks_are_painted_before_the_picture_is_kept(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(200)), spool, limit=1)
    left_half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    config = taking._standing.config
    taking._standing.config = replace(config, privacy=PrivacyConfig(masks=(left_half,)))
    taking.run()
    waiting = spool.next_waiting()
    assert waiting is not None
    kept, content = waiting
    frame = decode(content)
    assert frame[:, :30].mean() < 5
    assert frame[:, 40:].mean() > 190
    said = json.loads(kept.entry.metadata)["privacy"]
    assert said == {"masks": 1, "version": mask_version((left_half,))}


def test_what_the_camera_does_not_give_shows_in_its_eyesight(spool: Spool) -> None:
    taking = taking_from(Pictures(SourceError("Camera 0 hangs."), picture(1)), spool)
    taking.take_one(Asking())
    report = taking.eyesight.report()
    assert report is not None
    assert (report["state"], report["detail"]) == ("no_picture", "Camera 0 hangs.")
    taking.take_one(Asking())
    report = taking.eyesight.report()
    assert report is not None
    assert report["state"] == "ok"


def test_a_disk_that_keeps_no_picture_shows_in_the_eyesight_since_when(spool: Spool) -> None:
    taking = taking_from(Pictures(picture(1), picture(2), picture(3)), spool)
    spool._index._database.read("PRAGMA query_only = 1")
    taking.take_one(Asking())
    first = taking.eyesight.report()
    taking.take_one(Asking())
    assert first is not None
    assert first["state"] == "no_picture"
    assert "could not be kept on this disk" in first["detail"]
    assert taking.eyesight.report() == first
    spool._index._database.read("PRAGMA query_only = 0")
    taking.take_one(Asking())
    report = taking.eyesight.report()
    assert report is not None
    assert report["state"] == "ok"


def test_a_camera_that_is_away_is_said_when_that_begins_and_changes_and_when_it_is_over(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    away, joke = SourceError("Camera 0 is away."), ZeroDivisionError("a driver's joke")
    taking = taking_from(Pictures(away, away, joke, joke, picture(1), picture(2)), spool)
    for _ in range(6):
        taking.take_one(Asking())
    said = [line for line in caplog.messages if not line.startswith("Picture taken")]
    begun, changed, over = said
    assert begun == 'No picture why="Camera 0 is away."'
    assert "a driver's joke" in changed
    assert over == "There are pictures again"


def test_a_driver_that_hangs_for_good_is_told_from_one_that_failed_once(spool: Spool) -> None:
    failures = [SourceHung("Camera 0 hangs."), SourceError("No picture."), SourceHung("It hangs.")]
    taking = taking_from(Pictures(*failures, picture(1)), spool)
    hung = []
    for _ in range(4):
        taking.take_one(Asking(label="interval"))
        hung.append(taking.hangs)
    assert hung == [True, False, True, False]
