import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from device.answers import Answer
from device.client import Cloud
from device.cloud_checks import check_clock
from device.doctor import examine
from device.finding import Finding
from device.identity import Identity
from device.machine_checks import check_spool
from device.settings import Settings
from device.sources.spec import Backend, parse_source
from device.spool import Spool
from tests.device.cloud_stand_in import CloudStandIn, page, problem
from tests.device.pictures import write_folder

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OTHERS = Response('{"ok": true}', 200, mimetype="application/json")
MOVED = Response("", 301, headers={"Location": "https://v.example/x"})
CONFIG_PATH = "/v1/devices/U-1/config"


def settings_for(url: str, folder: Path, source: str) -> Settings:
    return Settings(
        identity=Identity(url, "U-1", "vdk_x"),
        source=parse_source(source),
        backend=Backend.ANY,
        input=None,
        output=None,
        spool=folder / "spool",
        spool_cap_bytes=10**9,
        interval=None,
        frames_limit=None,
        loop=False,
        speed=1,
        seed=0,
        width=None,
        height=None,
        quality=None,
        warmup=None,
    )


def findings(url: str, folder: Path, source: str) -> dict[str, Finding]:
    settings = settings_for(url, folder, source)
    with Cloud(settings.identity, version="1") as cloud:
        return {finding.name: finding for finding in examine(settings, cloud)}


@pytest.fixture
def still(tmp_path: Path) -> str:
    return f"still:{write_folder(tmp_path / 'stills', 1) / '0000.jpg'}"


def test_a_healthy_camera_has_nothing_wrong(
    tmp_path: Path, still: str, httpserver: HTTPServer
) -> None:
    stand_in = CloudStandIn(httpserver)
    stand_in.config = {"trigger": {}}
    found = findings(stand_in.url, tmp_path, still)
    assert list(found) == ["camera", "network", "clock", "key", "version", "spool"]
    assert all(finding.is_well for finding in found.values()), found


def test_no_camera_and_no_network_are_said_plainly(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    found = findings(url, tmp_path, f"folder:{tmp_path / 'none'}")
    assert [name for name, finding in found.items() if finding.is_well] == ["spool"]
    assert "is not a folder" in found["camera"].sentence
    assert "cannot be reached" in found["network"].sentence


@pytest.mark.parametrize(
    ("answer", "name", "sentence"),
    [
        (problem(401, "unknown_key"), "key", "Ask for a pairing code"),
        (problem(404, "device_not_found"), "key", "belongs to another camera than U-1"),
        (page(401), "key", "did not say"),
        (page(200), "network", "Is a login page or a proxy in between?"),
        (OTHERS, "network", "is not Visant"),
        (OTHERS, "key", "did not say"),
        (OTHERS, "version", "did not say"),
        (MOVED, "network", "leads to https://v.example/x"),
        (problem(503, "busy"), "key", "answered with 503"),
    ],
)
def test_what_is_wrong_with_the_cloud_is_said_plainly(
    tmp_path: Path, still: str, httpserver: HTTPServer, answer: Response, name: str, sentence: str
) -> None:
    httpserver.expect_request(CONFIG_PATH).respond_with_response(answer)
    httpserver.expect_request("/v1/version/cloud").respond_with_response(answer)
    finding = findings(httpserver.url_for("").rstrip("/"), tmp_path, still)[name]
    assert not finding.is_well
    assert sentence in finding.sentence


@pytest.mark.parametrize(
    ("off", "sentence"),
    [(0, "agrees"), (-3600, "3600 seconds behind"), (7200, "7200 seconds ahead of")],
)
def test_a_wrong_clock_is_told_with_the_cure(off: int, sentence: str) -> None:
    answer = Answer(200, {"date": "Sun, 01 Mar 2026 12:00:00 GMT"}, b"{}")
    finding = check_clock(answer, NOW + timedelta(seconds=off))
    assert finding.is_well == (off == 0)
    assert sentence in finding.sentence


def test_a_client_that_is_too_old_is_told_what_to_do(
    tmp_path: Path, still: str, httpserver: HTTPServer
) -> None:
    stand_in = CloudStandIn(httpserver)
    stand_in.config = {"trigger": {}}
    stand_in.upgrade = {"minimum": "9.0", "message": "Install the present one on it."}
    found = findings(stand_in.url, tmp_path, still)
    assert [name for name, finding in found.items() if not finding.is_well] == ["version"]
    assert found["version"].sentence == "Install the present one on it."


def test_a_spool_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    finding = check_spool(tmp_path / "file" / "spool", 10**9)
    assert not finding.is_well
    assert "cannot be used" in finding.sentence


def test_an_answer_without_a_time_leaves_the_clock_unchecked() -> None:
    assert "Not checked" in check_clock(Answer(200, {}, b"{}"), NOW).sentence


def test_what_a_running_client_uses_is_left_to_it(tmp_path: Path, httpserver: HTTPServer) -> None:
    stand_in = CloudStandIn(httpserver)
    stand_in.config = {"trigger": {}}
    settings = settings_for(stand_in.url, tmp_path, "camera:7")
    settings = replace(settings, input="gpio:17", output="gpio:27")
    spool = Spool(tmp_path / "spool")
    with Cloud(settings.identity, version="1") as cloud:
        found = {finding.name: finding for finding in examine(settings, cloud)}
    spool.close()
    assert all(finding.is_well for finding in found.values()), found
    for name in ("camera", "input", "output", "spool"):
        assert "running client uses it" in found[name].sentence


def test_an_input_and_an_output_are_tried(
    tmp_path: Path, still: str, httpserver: HTTPServer
) -> None:
    stand_in = CloudStandIn(httpserver)
    settings = settings_for(stand_in.url, tmp_path, still)
    (tmp_path / "in").write_text("1")
    settings = replace(settings, input=f"file:{tmp_path / 'in'}", output=f"file:{tmp_path}/no/out")
    with Cloud(settings.identity, version="1") as cloud:
        found = {one.name: one for one in examine(settings, cloud)}
    assert list(found)[:3] == ["camera", "input", "output"]
    assert found["input"].sentence == "It can be read; it is on now."
    assert not found["output"].is_well
    assert "cannot be written" in found["output"].sentence


def test_looking_at_a_spool_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert check_spool(tmp_path / "spool", 10**9).is_well
    assert list(tmp_path.iterdir()) == []


def test_a_spool_of_another_user_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spool").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    finding = check_spool(tmp_path / "spool", 10**9)
    assert not finding.is_well
    assert "belongs to another user" in finding.sentence
    assert list((tmp_path / "spool").iterdir()) == []


def test_the_command_prints_a_line_for_each_check(
    tmp_path: Path, still: str, httpserver: HTTPServer
) -> None:
    stand_in = CloudStandIn(httpserver)
    stand_in.config = {"trigger": {}}
    (tmp_path / "key").write_text("vdk_secret")
    flags = ["--url", stand_in.url, "--device-id", "U-1", "--key-file", str(tmp_path / "key")]
    flags += ["--source", still, "--spool", str(tmp_path / "spool")]
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "device", "doctor", *flags],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["ok"] * 6
