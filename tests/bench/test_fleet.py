"""A fleet of simulated cameras against a real server that is killed among them."""

import asyncio
from pathlib import Path

import pytest

from bench.fleet import Herd, Server, run
from bin._demo.operator import EMAIL, PASSWORD, Operator
from bin._demo.processes import Processes
from device.flags import SettingsError
from device.simulate.books import End
from device.simulate.flags import SimulateFlags
from device.simulate.fleet import gather_keys
from device.simulate.operator import EMAIL_VARIABLE, PASSWORD_VARIABLE, OperatorError
from device.simulate.settings import read_fleet_settings


def flags(**changes: str) -> SimulateFlags:
    usual = {
        "url": "",
        "keys": "",
        "devices": "6",
        "rate": "20",
        "minutes": "0.4",
        "faults": "offline,cuts,skew,slow,drops=0.1,portal=0.1,duplicates=0.2",
        "seed": "4",
        "asks": "120",
        "patience": "200",
    }
    return SimulateFlags(**{**usual, **changes})


@pytest.mark.long
@pytest.mark.timeout(300)
def test_through_faults_and_a_kill_each_picture_comes_to_its_one_end() -> None:
    report = run(flags(), {"LEASE_SECONDS": "3", "RETRY_SCALE": "0.05"})
    books, statuses = report.outcome.books, [one.statuses for one in report.outcome.diaries]
    assert books.balance, books
    assert books.taken > 15
    assert books.count(End.JUDGED) == books.taken
    for what in ("drops", "portal", "200", "no answer"):
        assert any(what in one for one in statuses), what
    assert report.herd.returns
    assert not report.herd.missing
    assert any(asking.connected for asking in report.outcome.askings)


def test_an_operator_makes_the_cameras_that_the_file_lacks(tmp_path: Path) -> None:
    with Processes() as processes:
        server = Server(processes, "http://127.0.0.1:1/v1")
        given = flags(url=server.url, keys=str(tmp_path / "keys"), devices="3", asks="0")
        operator_is = {EMAIL_VARIABLE: EMAIL, PASSWORD_VARIABLE: PASSWORD}
        settings = read_fleet_settings(given, operator_is)
        with pytest.raises(OperatorError, match="could not sign in"):
            asyncio.run(gather_keys(settings))
        with Operator(server.url, processes.folder) as operator:
            operator.sign_up()
        made = asyncio.run(gather_keys(settings))
        alone = read_fleet_settings(given, {})
        assert asyncio.run(gather_keys(alone)) == made
    assert len({one.device_id for one in made}) == 3


def test_without_keys_and_operator_a_fleet_cannot_start(tmp_path: Path) -> None:
    given = flags(url="http://127.0.0.1:1", keys=str(tmp_path / "keys"), asks="0")
    with pytest.raises(SettingsError, match="holds 0 keys"):
        asyncio.run(gather_keys(read_fleet_settings(given, {})))


@pytest.mark.parametrize(
    ("missing", "last_after", "busiest_share", "spread"),
    [(0, 89.0, 0.05, True), (1, 10.0, 0.01, False), (0, 91.0, 0.01, False), (0, 9.0, 0.06, False)],
)
def test_a_herd_is_spread_when_all_are_back_in_time_and_not_at_once(
    missing: int, last_after: float, busiest_share: float, *, spread: bool
) -> None:
    assert Herd(3.0, 100, missing, last_after, busiest_share).is_spread is spread


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_cameras_lose_nothing_and_come_back_spread() -> None:
    report = run(
        flags(devices="1000", rate="1", minutes="10", faults="none", patience="300"),
    )
    assert report.is_kept, (report.outcome.books, report.herd)
