import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from device.client import Cloud, Message
from device.command_book import Command
from device.commands import ORDINARY, Commands, Hearing
from device.config import Pins, Standing
from device.following import Following
from device.identity import Identity
from device.outputs import Wish
from device.server_time import ServerTime
from device.spool import Spool
from tests.device.cloud_stand_in import (
    LATER,
    CloudStandIn,
    capture_event,
    event,
    page,
    problem,
    stream,
)

CONNECTED = event("connected", 1, device_id="U-1", server_time="2026-03-01T12:00:00Z")


class Listening:
    """A camera's ear with everything around it, but for the camera."""

    def __init__(self, url: str, folder: Path) -> None:
        self.asked: list[Command] = []
        self.stop = threading.Event()
        self.spool = Spool(folder)
        self.standing = Standing(Pins())
        self.server_time = ServerTime()
        self.clock = 0.0
        self.cloud = Cloud(Identity(url, "U-1", "vdk_x"), version="1.2.3")
        self.hearing = Hearing(
            self.spool.commands,
            Following(self.cloud, self.spool, self.standing),
            ask=self.asked.append,
            ring=lambda: None,
            server_time=self.server_time,
            output=Wish(),
            stop=self.stop,
            dice=random.Random(5),  # noqa: S311 - repeatable
            monotonic=lambda: self.clock,
        )
        self.commands = Commands(self.cloud, self.hearing, stop=self.stop)

    def close(self) -> None:
        self.cloud.__exit__(None, None, None)
        self.spool.close()

    def names(self) -> list[str]:
        return [command.command_id for command in self.asked]


@pytest.fixture
def stand_in(httpserver: HTTPServer) -> CloudStandIn:
    return CloudStandIn(httpserver)


@pytest.fixture
def listening(stand_in: CloudStandIn, tmp_path: Path) -> Iterator[Listening]:
    opened = Listening(stand_in.url, tmp_path / "spool")
    yield opened
    opened.close()


def test_a_command_is_handed_to_the_camera_with_its_trigger(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.append(stream(CONNECTED, capture_event(2, "c1", label="door")))
    listening.commands.listen_once()
    assert listening.asked == [Command("c1", "t-c1", "door", LATER)]
    assert stand_in.listeners == [(None, "1.2.3")]


def test_a_command_without_a_label_is_called_by_its_kind(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.append(stream(capture_event(2, "c1", label=None)))
    listening.commands.listen_once()
    assert [command.label for command in listening.asked] == ["manual"]


def test_the_stream_goes_on_after_the_last_message_heard(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.extend([stream(CONNECTED, capture_event(7, "c1")), stream()])
    listening.commands.listen_once()
    listening.commands.listen_once()
    assert [place for place, _ in stand_in.listeners] == [None, "7"]


def test_a_command_said_again_is_not_done_again_and_its_outcome_is_told_again(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.extend([stream(capture_event(2, "c1")), stream(capture_event(2, "c1"))])
    listening.commands.listen_once()
    book = listening.spool.commands
    for report in book.unreported():
        book.note_told(report)
    assert book.unreported() == []
    listening.commands.listen_once()
    assert listening.names() == ["c1"]
    assert [report.command_id for report in book.unreported()] == ["c1"]


def test_after_a_crash_the_stream_goes_on_and_what_was_undone_is_asked_once(
    listening: Listening, stand_in: CloudStandIn, tmp_path: Path
) -> None:
    stand_in.streams.append(stream(capture_event(4, "c1"), capture_event(5, "c2")))
    listening.commands.listen_once()
    listening.spool.commands.fail("c1", "no camera")
    listening.close()
    stand_in.streams.append(stream(capture_event(4, "c1"), capture_event(5, "c2")))
    again = Listening(stand_in.url, tmp_path / "spool")
    assert [command.command_id for command in again.spool.commands.unfinished()] == ["c2"]
    again.commands.listen_once()
    assert again.names() == []
    assert stand_in.listeners[-1][0] == "5"
    again.close()


def test_what_an_earlier_run_left_is_asked_when_the_clouds_time_is_known_and_once(
    listening: Listening, stand_in: CloudStandIn, tmp_path: Path
) -> None:
    stand_in.streams.append(stream(capture_event(4, "c1")))
    listening.commands.listen_once()
    listening.close()
    again = Listening(stand_in.url, tmp_path / "spool")
    stand_in.streams.extend([problem(503, "busy"), stream(CONNECTED), stream(CONNECTED)])
    asked = []
    for _ in range(3):
        again.commands.listen_once()
        asked.append(again.names())
    assert asked == [[], ["c1"], ["c1"]]
    again.close()


def test_nothing_is_past_before_the_clouds_time_is_known() -> None:
    assert not ServerTime().is_past("2020-01-01T00:00:00Z")


def test_a_pushed_configuration_holds_at_once_and_is_never_faster_than_seven_seconds(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    config = {"trigger": {"interval_seconds": 0.5}, "capture": {"width": 640}}
    stand_in.streams.append(stream(event("config", 3, config_version=9, config=config)))
    listening.commands.listen_once()
    assert listening.standing.version == 9
    assert listening.standing.config.trigger.interval_seconds == 7
    assert listening.standing.config.capture.width == 640
    assert listening.spool.kept_config() == (9, config)


def test_a_configuration_changed_while_away_is_fetched_on_connecting(
    listening: Listening, stand_in: CloudStandIn, httpserver: HTTPServer
) -> None:
    stand_in.config = {"capture": {"width": 800}}
    listening.hearing.heed(message_connected(version=4))
    assert (listening.standing.version, listening.standing.config.capture.width) == (4, 800)


def message_connected(version: int, **more: object) -> Message:
    return Message("1", "connected", {"device_id": "U-1", "config_version": version, **more})


def test_a_release_ends_the_client_and_says_so(
    listening: Listening, stand_in: CloudStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.streams.append(stream(event("release", 8), capture_event(9, "c9")))
    assert listening.commands.listen_once() == 0
    assert listening.stop.is_set()
    assert listening.names() == []
    assert any("released from its organization" in line for line in caplog.messages)


def test_a_stream_that_fell_silent_is_given_up(
    listening: Listening, stand_in: CloudStandIn, httpserver: HTTPServer
) -> None:
    given_up = threading.Event()
    connected = event("connected", 1, ping_seconds=0.02)
    stand_in.streams.append(stream(connected))
    listening.commands.listen_once()
    stand_in.streams.append(stream(connected, then=lambda: given_up.wait(10)))
    listening.commands.listen_once()
    assert not given_up.is_set()
    given_up.set()


@pytest.mark.parametrize("ordered", [page(200), page(502), problem(503, "busy")])
def test_whatever_is_no_stream_is_waited_out_with_jitter(
    listening: Listening, stand_in: CloudStandIn, ordered: Response
) -> None:
    stand_in.streams.append(ordered)
    wait = listening.commands.listen_once()
    assert 0 < wait <= 40
    assert listening.names() == []


def test_a_rejected_key_is_tried_slowly_and_retry_after_is_obeyed(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.append(problem(503, "busy", **{"Retry-After": "40"}))
    assert 40 <= listening.commands.listen_once() <= 80
    stand_in.streams.extend(problem(401, "unknown_key") for _ in range(6))
    assert max(listening.commands.listen_once() for _ in range(6)) > 60


def test_a_401_of_a_proxy_is_waited_out_like_any_failure(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    stand_in.streams.extend(page(401) for _ in range(6))
    assert max(listening.commands.listen_once() for _ in range(6)) <= 60


def test_a_redirected_stream_is_told_with_the_place_that_it_leads_to(
    listening: Listening, stand_in: CloudStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.streams.append(Response("", 301, headers={"Location": "https://v.example/x"}))
    listening.commands.listen_once()
    assert "leads to https://v.example/x" in caplog.text


def test_messages_that_make_no_sense_change_nothing(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    odd = [
        b"event: capture\ndata: not json\n\n",
        event("capture", 3, command_id=7),
        event("config", 4, config_version="x", config=[]),
        event("reboot", 5),
    ]
    stand_in.streams.append(stream(*odd, capture_event(6, "c1")))
    listening.commands.listen_once()
    assert listening.names() == ["c1"]
    assert listening.standing.version == 0


def test_the_own_interval_rests_while_schedules_ask_and_one_interval_longer(
    listening: Listening, stand_in: CloudStandIn
) -> None:
    assert not listening.hearing.asks_by_schedule(100)
    listening.hearing.heed(message_connected(0, scheduled=True))
    listening.clock = 99
    assert listening.hearing.asks_by_schedule(100)
    listening.clock = 101
    assert not listening.hearing.asks_by_schedule(100)


def test_without_schedules_the_own_interval_goes_on(listening: Listening) -> None:
    listening.hearing.heed(message_connected(0))
    assert not listening.hearing.asks_by_schedule(100)
    listening.hearing.heed(message_connected(0, scheduled=True))
    listening.hearing.heed(Message("2", "config", {"scheduled": False}))
    assert not listening.hearing.asks_by_schedule(100)


def test_the_clouds_clock_runs_on_between_its_words(listening: Listening) -> None:
    clock = [0.0]
    server_time = ServerTime(lambda: clock[0])
    server_time.hear("2026-03-01T12:00:00Z")
    assert not server_time.is_past("2026-03-01T12:00:10Z")
    clock[0] = 10.0
    assert server_time.is_past("2026-03-01T12:00:10Z")
    server_time.hear("nonsense")
    assert server_time.is_past("2026-03-01T12:00:10Z")
    assert not server_time.is_past("whenever")


@pytest.mark.parametrize("away", [0.5, 2.0, 4.0, 8.0, 16.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_cameras_that_lose_the_cloud_together_come_back_spread(
    away: float, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - repeatable
    returns = [seconds_until_back(away, dice) for _ in range(1000)]
    seconds = Counter(int(after) for after in returns)
    assert max(times for second, times in seconds.items() if second >= 2) <= 50
    assert max(returns) <= 90


def seconds_until_back(away: float, dice: random.Random) -> float:
    """After the return of a cloud that could not be reached for so long."""
    tried, failures = 0.0, 0
    while failures == 0 or tried < away:
        failures += 1
        tried += ORDINARY.delay(failures, retry_after=None, dice=dice)
    return tried - away
