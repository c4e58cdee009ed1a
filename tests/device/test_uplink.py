import json
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from device.backoff import Backoff
from device.client import Cloud, Unreachable
from device.identity import Identity
from device.spool import Asking, Spool
from device.uplink import Settling, open_lanes
from tests.device.cloud_stand_in import CloudStandIn, page, problem
from tests.device.pictures import jpeg, picture

KEY = "vdk_secret"


@pytest.fixture
def stand_in(httpserver: HTTPServer) -> CloudStandIn:
    return CloudStandIn(httpserver)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


@pytest.fixture
def cloud(stand_in: CloudStandIn) -> Iterator[Cloud]:
    with Cloud(Identity(stand_in.url, "U-1", KEY), version="1.2.3") as opened:
        yield opened


class OneByOne:
    """Both lanes in one thread, the live one first."""

    def __init__(self, cloud: Cloud, spool: Spool) -> None:
        backoff, without_key = Backoff(base=1, cap=60), Backoff(base=60, cap=300)
        dice = random.Random(5)  # noqa: S311 - repeatable
        settling = Settling(spool, dice=dice, backoff=backoff, without_key=without_key)
        self._lanes = open_lanes(cloud, spool, settling, stop=threading.Event())

    def send_next(self) -> float | None:
        waits = (lane.send_next() for lane in self._lanes)
        return next((wait for wait in waits if wait is not None), None)


@pytest.fixture
def lane(cloud: Cloud, spool: Spool) -> OneByOne:
    return OneByOne(cloud, spool)


def take(spool: Spool, count: int = 1) -> None:
    for number in range(count):
        spool.take(picture(50 + number), Asking(trigger_id="t-1", label="interval"))


def send_all(cloud: Cloud, spool: Spool) -> None:
    lane = OneByOne(cloud, spool)
    while lane.send_next() is not None:
        pass


def test_an_upload_carries_every_field_of_the_contract(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    assert lane.send_next() == 0
    fields = stand_in.uploads[0]
    assert fields["image"] == jpeg(50)
    assert fields["captured_at"] == b"2026-03-01T12:00:50.000+00:00"
    assert fields["sequence"] == b"1"
    assert fields["spool_id"].decode() == spool.id
    assert (fields["trigger_id"], fields["trigger_label"]) == (b"t-1", b"interval")
    assert json.loads(fields["metadata"]) == {"shade": 50}
    assert set(json.loads(fields["timing"])) == {"captured", "sent"}
    assert stand_in.keys == {f"Bearer {KEY}"}


def test_a_delivered_picture_leaves_the_spool(lane: OneByOne, spool: Spool) -> None:
    take(spool, 3)
    assert [lane.send_next() for _ in range(4)] == [0, 0, 0, None]
    assert (spool.counts().waiting, spool.counts().acked) == (0, 3)


def test_a_hotels_login_page_deletes_nothing(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.extend(page(200) for _ in range(5))
    waits = [lane.send_next() for _ in range(5)]
    assert spool.counts().waiting == 1
    assert all(wait is not None and wait > 0 for wait in waits)
    assert lane.send_next() == 0
    assert spool.counts().waiting == 0


def test_an_answer_about_other_bytes_deletes_nothing(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    body = json.dumps({"record_id": "r", "sha256": "0" * 64})
    stand_in.orders.append(Response(body, 201, mimetype="application/json"))
    assert lane.send_next() != 0
    assert spool.counts().waiting == 1


def test_a_lost_answer_makes_no_duplicate(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.append(page(502))
    lane.send_next()
    lane.send_next()
    names = {(upload["spool_id"], upload["sequence"]) for upload in stand_in.uploads}
    assert len(stand_in.uploads) == 2
    assert len(names) == 1


@pytest.mark.parametrize("status", [409, 413, 415, 422])
def test_a_picture_the_cloud_never_takes_is_set_aside_once(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn, status: int
) -> None:
    take(spool)
    stand_in.orders.append(problem(status, "never"))
    assert lane.send_next() == 0
    assert lane.send_next() is None
    assert len(stand_in.uploads) == 1
    assert [kept.refusal for kept in spool.refused()] == [f"{status} never: Some sentence."]


def put_back(folder: Path, image: Path) -> Spool:
    """The spool as it was when the image of its disk was made."""
    shutil.rmtree(folder)
    shutil.copytree(image, folder)
    return Spool(folder)


def test_a_disk_that_was_put_back_loses_nothing_and_doubles_nothing(
    cloud: Cloud, stand_in: CloudStandIn, tmp_path: Path
) -> None:
    folder, image = tmp_path / "disk", tmp_path / "image"
    spool = Spool(folder)
    take(spool, 2)
    spool.close()
    shutil.copytree(folder, image)
    spool = Spool(folder)
    take(spool, 5)
    send_all(cloud, spool)
    spool.close()
    spool = put_back(folder, image)
    for shade in (100, 101, 102, 103):
        spool.take(picture(shade), Asking())
    send_all(cloud, spool)
    arrived = sorted(stand_in.stored.values())
    assert arrived == sorted(
        [jpeg(shade) for shade in (50, 51, 50, 51, 52, 53, 54, 100, 101, 102, 103)]
    )
    assert spool.refused() == []
    assert (spool.counts().waiting, spool.counts().dropped) == (0, 0)
    spool.close()
    spool = put_back(folder, image)
    send_all(cloud, spool)
    assert sorted(stand_in.stored.values()) == arrived
    spool.close()


def test_a_cloud_that_has_every_number_already_is_asked_ever_more_slowly(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.extend(problem(409, "idempotency_conflict") for _ in range(9))
    assert max(lane.send_next() or 0 for _ in range(9)) > 8
    assert spool.counts().waiting == 1
    lane.send_next()
    assert spool.counts().waiting == 0


def test_a_rejected_key_keeps_the_pictures_and_is_tried_slowly(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.extend(problem(401, "unknown_key") for _ in range(8))
    waits = [lane.send_next() or 0 for _ in range(8)]
    assert max(waits) > 60
    assert spool.counts().waiting == 1


def test_retry_after_is_obeyed(lane: OneByOne, spool: Spool, stand_in: CloudStandIn) -> None:
    take(spool)
    stand_in.orders.append(problem(503, "busy", **{"Retry-After": "40"}))
    wait = lane.send_next()
    assert wait is not None
    assert 40 <= wait <= 41


def test_waits_grow_while_failures_go_on_and_start_anew_after_a_success(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.extend(page(502) for _ in range(12))
    waits = [lane.send_next() or 0 for _ in range(12)]
    assert waits[0] <= 1
    assert 8 < max(waits) <= 60
    assert lane.send_next() == 0
    take(spool)
    stand_in.orders.append(page(502))
    assert (lane.send_next() or 0) <= 1


def test_one_picture_that_trips_the_cloud_does_not_hold_up_the_others(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool, 3)
    stand_in.orders.append(page(500))
    for _ in range(4):
        lane.send_next()
    assert [upload["sequence"] for upload in stand_in.uploads] == [b"3", b"1", b"2", b"3"]
    assert spool.counts().waiting == 0


def test_a_disk_that_takes_no_writing_ends_neither_lane_nor_picture(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    spool._index._database.read("PRAGMA query_only = 1")
    wait = lane.send_next()
    assert wait is not None
    assert spool.counts().waiting == 1
    spool._index._database.read("PRAGMA query_only = 0")
    lane.send_next()
    assert spool.counts().waiting == 0
    assert len(stand_in.stored) == 1
    assert len(stand_in.uploads) == 1


def test_a_backlog_is_sent_once_where_nothing_can_be_written_down_over_a_restart(
    cloud: Cloud, stand_in: CloudStandIn, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "full")
    take(spool, 5)
    stand_in.orders.append(problem(422, "never"))
    for _ in range(2):
        spool._index._database.read("PRAGMA query_only = 1")
        lane = OneByOne(cloud, spool)
        for _ in range(6):
            lane.send_next()
        spool.close()
        spool = Spool(tmp_path / "full")
    assert len(stand_in.stored) == 5
    send_all(cloud, spool)
    sent = sorted(upload["sequence"] for upload in stand_in.uploads)
    assert sent == [b"1", b"2", b"3", b"4", b"5", b"5"]
    assert (spool.counts().waiting, spool.counts().dropped) == (0, 0)
    spool.close()


def test_a_third_of_all_answers_lost_on_the_way_makes_no_duplicate_and_loses_nothing(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    dice = random.Random(7)  # noqa: S311 - repeatable
    stand_in.loses_answer = lambda: dice.random() < 0.3
    take(spool, 40)
    while lane.send_next() is not None:
        pass
    assert len(stand_in.uploads) > 45
    assert len(stand_in.stored) == 40
    assert (spool.counts().waiting, spool.counts().dropped) == (0, 0)


def test_a_hundred_login_pages_delete_nothing(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool, 3)
    stand_in.orders.extend(page(200) for _ in range(100))
    for _ in range(100):
        assert lane.send_next() != 0
    assert spool.counts().waiting == 3


def test_no_server_keeps_the_pictures(spool: Spool, unused_tcp_port: int) -> None:
    take(spool)
    with Cloud(Identity(f"http://127.0.0.1:{unused_tcp_port}", "U-1", KEY), version="1") as cloud:
        wait = OneByOne(cloud, spool).send_next()
    assert wait is not None
    assert spool.counts().waiting == 1


def test_an_endless_answer_is_cut_off(cloud: Cloud, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/devices/U-1/config").respond_with_data(b"x" * 3_000_000)
    with pytest.raises(Unreachable, match="larger"):
        cloud.fetch_config()


def test_a_redirect_is_not_followed_with_the_key(
    lane: OneByOne, spool: Spool, stand_in: CloudStandIn
) -> None:
    take(spool)
    stand_in.orders.append(Response("", 307, headers={"Location": "/v1/devices/U-1/config"}))
    assert lane.send_next() != 0
    assert len(stand_in.uploads) == 1
