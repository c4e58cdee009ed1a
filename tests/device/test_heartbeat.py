import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from device.client import Cloud
from device.config import Pins, Standing
from device.eyesight import Eyesight
from device.following import Following
from device.gaps import note_lost
from device.heartbeat import Heartbeat
from device.identity import Identity
from device.picture import Picture
from device.spool import Asking, Spool
from device.vitals import read_disk_free, read_temperature
from device.wire import MAX_GAPS, HeartbeatConfig, LossReason
from tests.device.cloud_stand_in import CloudStandIn, page, problem
from tests.device.pictures import picture


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


EVERY = HeartbeatConfig().interval_seconds


@pytest.fixture
def stand_in(httpserver: HTTPServer) -> CloudStandIn:
    return CloudStandIn(httpserver)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


@pytest.fixture
def standing() -> Standing:
    return Standing(Pins())


@pytest.fixture
def heartbeat(
    stand_in: CloudStandIn, spool: Spool, standing: Standing, tmp_path: Path
) -> Iterator[Heartbeat]:
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1.2.3") as cloud:
        yield Heartbeat(
            cloud,
            spool,
            standing,
            Following(cloud, spool, standing),
            Eyesight(),
            None,
            version="1.2.3",
            folder=tmp_path,
            stop=threading.Event(),
        )


def test_a_heartbeat_says_how_the_camera_is(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn
) -> None:
    kept = [spool.take(picture(shade), Asking()) for shade in (10, 20, 30)]
    spool.acknowledge(kept[0], kept[0].entry.sha256)
    assert heartbeat.beat_once() == EVERY
    (beat,) = stand_in.beats
    assert beat["device_version"] == "1.2.3"
    assert beat["spool"] == {
        "waiting": 2,
        "oldest_at": "2026-03-01T12:00:20.000+00:00",
        "dropped": 0,
        "spool_id": spool.id,
    }
    assert beat["sequence"] == {"taken": 3, "acked": 1}
    assert (beat["config_version"], beat["interval_seconds"]) == (0, 300)
    assert beat["uptime_seconds"] >= 0
    sent_ago = datetime.now(UTC) - datetime.fromisoformat(beat["sent_at"])
    assert timedelta() <= sent_ago < timedelta(minutes=1)
    assert beat["disk_free_bytes"] > 0


def test_losses_are_named_by_their_numbers_and_their_reason(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn, tmp_path: Path
) -> None:
    spool.take(picture(10), Asking())
    for path in (tmp_path / "spool" / "pictures").iterdir():
        path.unlink()
    assert spool.next_waiting() is None
    heartbeat.beat_once()
    assert stand_in.beats[0]["spool"] == {
        "waiting": 0,
        "oldest_at": None,
        "dropped": 1,
        "gaps": [{"spool_id": spool.id, "first": 1, "last": 1, "why": "damaged"}],
        "spool_id": spool.id,
    }


def lose(spool: Spool, *numbers: int) -> None:
    with spool._writing() as rows:
        for number in numbers:
            note_lost(rows, spool.id, number, LossReason.NO_ROOM)


def test_a_loss_is_told_until_a_heartbeat_that_names_it_was_heard(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn
) -> None:
    lose(spool, 4)
    stand_in.beat_orders += [problem(503, "busy"), page(200)]
    for _ in range(2):
        heartbeat.beat_once()
        assert [gap.first for gap in spool.gaps.untold()] == [4]
    heartbeat.beat_once()
    assert spool.gaps.untold() == []
    heartbeat.beat_once()
    assert ["gaps" in beat["spool"] for beat in stand_in.beats] == [True, True, True, False]


def test_a_loss_that_grew_while_it_was_told_is_told_again_as_a_whole(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn
) -> None:
    lose(spool, 4)
    stand_in.on_beat = lambda: lose(spool, 5)
    heartbeat.beat_once()
    stand_in.on_beat = lambda: None
    heartbeat.beat_once()
    named = [[(gap["first"], gap["last"]) for gap in b["spool"]["gaps"]] for b in stand_in.beats]
    assert named == [[(4, 4)], [(4, 5)]]
    assert spool.gaps.untold() == []


def test_more_losses_than_a_heartbeat_names_are_told_by_more_of_them_at_once(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn
) -> None:
    numbers = range(1, 2 * (2 * MAX_GAPS + 1), 2)
    lose(spool, *numbers)
    beating = threading.Thread(target=heartbeat.run)
    beating.start()
    wait_until(lambda: not spool.gaps.untold())
    heartbeat._stop.set()
    beating.join(10)
    named = [[gap["first"] for gap in beat["spool"]["gaps"]] for beat in stand_in.beats]
    assert [len(each) for each in named] == [MAX_GAPS, MAX_GAPS, 1]
    assert [number for each in named for number in each] == list(numbers)


def test_an_old_client_is_told_once_to_be_upgraded(
    heartbeat: Heartbeat, stand_in: CloudStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.upgrade = {"minimum": "9.0", "message": "Install the present one on it."}
    heartbeat.beat_once()
    heartbeat.beat_once()
    assert caplog.text.count("Install the present one on it.") == 1


def test_a_black_camera_is_reported(stand_in: CloudStandIn, spool: Spool, tmp_path: Path) -> None:
    standing, eyesight = Standing(Pins()), Eyesight()
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1") as cloud:
        heartbeat = Heartbeat(
            cloud,
            spool,
            standing,
            Following(cloud, spool, standing),
            eyesight,
            None,
            version="1",
            folder=tmp_path,
            stop=threading.Event(),
        )
        heartbeat.beat_once()
        eyesight.saw(Picture(b"", picture().captured_at, metadata={"camera": "black"}))
        heartbeat.beat_once()
    assert "camera" not in stand_in.beats[0]
    assert stand_in.beats[1]["camera"]["state"] == "black"


def test_a_camera_that_changes_is_reported_at_once_and_one_that_stays_as_it_is_is_not(
    heartbeat: Heartbeat, stand_in: CloudStandIn
) -> None:
    beating = threading.Thread(target=heartbeat.run)
    beating.start()
    eyesight = heartbeat._eyesight
    wait_until(lambda: len(stand_in.beats) > 0)
    eyesight.failed("It hangs.")
    wait_until(lambda: len(stand_in.beats) > 1)
    eyesight.failed("It hangs on.")
    eyesight.saw(picture())
    wait_until(lambda: len(stand_in.beats) > 2)
    heartbeat._stop.set()
    beating.join(10)
    states = [beat["camera"]["state"] for beat in stand_in.beats[1:]]
    assert states == ["no_picture", "ok"]


def test_a_change_does_not_hurry_a_cloud_that_asked_to_be_left_alone(
    heartbeat: Heartbeat, stand_in: CloudStandIn, httpserver: HTTPServer
) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/devices/U-1/heartbeat").respond_with_response(
        problem(429, "too_many", **{"Retry-After": "77"})
    )
    heartbeat.beat_once()
    heartbeat._eyesight.failed("It hangs.")
    assert not heartbeat.has_news()


def test_another_config_version_is_fetched_and_followed(
    heartbeat: Heartbeat, standing: Standing, stand_in: CloudStandIn
) -> None:
    stand_in.config_version = 7
    stand_in.config = {"trigger": {"interval_seconds": 20}, "heartbeat": {"interval_seconds": 10}}
    assert heartbeat.beat_once() == 10
    assert standing.version == 7
    assert standing.config.trigger.interval_seconds == 20
    heartbeat.beat_once()
    assert stand_in.beats[1]["config_version"] == 7


def test_a_document_that_cannot_be_fetched_is_asked_for_again(
    heartbeat: Heartbeat, standing: Standing, stand_in: CloudStandIn, httpserver: HTTPServer
) -> None:
    stand_in.config_version = 7
    stand_in.config = {}
    heartbeat.beat_once()
    assert standing.version == 0


def test_a_heartbeat_that_fails_is_told_once_and_tried_again(
    standing: Standing, spool: Spool, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with Cloud(Identity(url, "U-1", "vdk_x"), version="1") as cloud:
        lonely = Heartbeat(
            cloud,
            spool,
            standing,
            Following(cloud, spool, standing),
            Eyesight(),
            None,
            version="1",
            folder=Path(),
            stop=threading.Event(),
        )
        assert [lonely.beat_once(), lonely.beat_once()] == [EVERY, EVERY]
    assert sum("Heartbeat not taken" in line for line in caplog.messages) == 1


def test_a_heartbeat_waits_as_long_as_it_is_asked_to(
    heartbeat: Heartbeat, httpserver: HTTPServer
) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/devices/U-1/heartbeat").respond_with_response(
        problem(429, "too_many", **{"Retry-After": "77"})
    )
    assert heartbeat.beat_once() == 77


def test_a_spool_that_cannot_be_read_now_ends_no_heartbeat(
    heartbeat: Heartbeat, spool: Spool, stand_in: CloudStandIn
) -> None:
    with spool._writing() as rows:
        rows.execute("ALTER TABLE untold_gaps RENAME TO elsewhere")
    assert heartbeat.beat_once() == EVERY
    assert stand_in.beats == []
    with spool._writing() as rows:
        rows.execute("ALTER TABLE elsewhere RENAME TO untold_gaps")
    heartbeat.beat_once()
    assert len(stand_in.beats) == 1


def test_a_redirected_heartbeat_is_told_with_the_place_that_it_leads_to(
    heartbeat: Heartbeat, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/devices/U-1/heartbeat").respond_with_data(
        "", 301, headers={"Location": "https://v.example/x"}
    )
    heartbeat.beat_once()
    assert "leads to https://v.example/x" in caplog.text


def test_a_machine_without_a_thermometer_says_nothing(tmp_path: Path) -> None:
    assert read_temperature(tmp_path / "none") is None
    (tmp_path / "temp").write_text("48312\n")
    assert read_temperature(tmp_path / "temp") == pytest.approx(48.312)
    assert read_disk_free(tmp_path / "none") is None
