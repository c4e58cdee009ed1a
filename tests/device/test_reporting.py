import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from device.client import Cloud
from device.command_book import KEPT, Command
from device.identity import Identity
from device.reporting import Reporting
from device.spool import Asking, Spool
from tests.device.cloud_stand_in import LATER, CloudStandIn, page, problem
from tests.device.pictures import picture

ASKING = Asking("t-c1", "manual", "c1")


@pytest.fixture
def stand_in(httpserver: HTTPServer) -> CloudStandIn:
    return CloudStandIn(httpserver)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    opened.commands.receive(Command("c1", "t-c1", "manual", LATER), "1")
    yield opened
    opened.close()


@pytest.fixture
def reporting(stand_in: CloudStandIn, spool: Spool) -> Iterator[Reporting]:
    with Cloud(Identity(stand_in.url, "U-1", "vdk_x"), version="1") as cloud:
        dice = random.Random(5)  # noqa: S311 - repeatable
        yield Reporting(cloud, spool, stop=threading.Event(), dice=dice)


def test_a_command_is_accepted_and_then_done_with_its_record(
    reporting: Reporting, spool: Spool, stand_in: CloudStandIn
) -> None:
    assert reporting.report_all() is None
    kept = spool.take(picture(), ASKING)
    assert reporting.report_all() is None
    spool.acknowledge(kept, kept.entry.sha256, "r1")
    assert reporting.report_all() is None
    assert reporting.report_all() is None
    assert stand_in.acks == [
        ("c1", {"status": "accepted"}),
        ("c1", {"status": "done", "capture_record_id": "r1"}),
    ]


def test_a_command_that_came_to_nothing_is_failed_with_the_reason(
    reporting: Reporting, spool: Spool, stand_in: CloudStandIn
) -> None:
    spool.commands.fail("c1", "Camera 0: it cannot be opened.")
    reporting.report_all()
    assert stand_in.acks == [
        ("c1", {"status": "failed", "detail": "Camera 0: it cannot be opened."})
    ]


def test_a_picture_that_the_cloud_refuses_fails_its_command(
    reporting: Reporting, spool: Spool, stand_in: CloudStandIn
) -> None:
    spool.refuse(spool.take(picture(), ASKING), "415 unsupported: No.")
    reporting.report_all()
    assert stand_in.acks == [("c1", {"status": "failed", "detail": "415 unsupported: No."})]


def test_a_report_is_told_until_it_was_heard(
    reporting: Reporting, spool: Spool, stand_in: CloudStandIn
) -> None:
    stand_in.ack_orders.extend([page(200), problem(503, "busy")])
    waits = [reporting.report_all() for _ in range(2)]
    assert all(wait is not None and 0 < wait <= 2 for wait in waits)
    assert reporting.report_all() is None
    assert [name for name, _ in stand_in.acks] == ["c1"]


@pytest.mark.parametrize("status", [429, 503])
def test_the_cloud_says_how_long_to_hold_a_report_back(
    reporting: Reporting, stand_in: CloudStandIn, status: int
) -> None:
    stand_in.ack_orders.append(problem(status, "busy", **{"Retry-After": "30"}))
    wait = reporting.report_all()
    assert wait is not None
    assert 30 <= wait <= 31
    assert reporting.report_all() is None
    assert [name for name, _ in stand_in.acks] == ["c1"]


def test_a_report_that_the_cloud_has_no_use_for_is_not_repeated(
    reporting: Reporting, stand_in: CloudStandIn
) -> None:
    stand_in.ack_orders.append(problem(410, "command_expired"))
    assert reporting.report_all() is None
    assert reporting.report_all() is None
    assert stand_in.acks == []


def test_settled_commands_are_remembered_up_to_a_bound(reporting: Reporting, spool: Spool) -> None:
    book = spool.commands
    for number in range(KEPT + 20):
        book.receive(Command(f"n{number}", "t", "manual", LATER), str(number))
        book.fail(f"n{number}", "no camera")
        for report in book.unreported():
            book.note_told(report)
    assert not book.receive(Command("n1000", "t", "manual", LATER), "9000")
    assert book.receive(Command("n1", "t", "manual", LATER), "9001")
    assert [report.command_id for report in book.unreported()] == ["n1000", "n1"]
