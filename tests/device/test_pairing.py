import json
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from device.pairing import better_url
from device.wire import PAIR_PATH

ANSWER = {
    "device_id": "VS-1",
    "device_key": "vdk_secret-of-1",
    "api_url": "https://v.example",
    "activation_id": "a-1",
}


def pair(url: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "device", "pair", "--url", url, "--code", "7K3M-9QXT", *more],
        cwd=folder,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_code_becomes_a_key_that_only_its_owner_can_read(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_oneshot_request(
        PAIR_PATH, method="POST", json={"code": "7K3M-9QXT"}
    ).respond_with_json(ANSWER)
    done = pair(httpserver.url_for("/"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "python -m device run --source camera:0" in done.stdout
    assert "vdk_" not in done.stdout + done.stderr
    kept = tmp_path / "visant-key.json"
    assert json.loads(kept.read_text()) == ANSWER
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_refusal_is_told_in_the_clouds_own_words(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request(PAIR_PATH).respond_with_json(
        {"code": "pairing_code_expired", "detail": "This code has expired."}, status=410
    )
    done = pair(httpserver.url_for("/"), tmp_path)
    assert done.returncode == 2
    assert "This code has expired." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_told_with_the_place_that_it_leads_to(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(PAIR_PATH).respond_with_data(
        "", 301, headers={"Location": "https://v.example/v1/devices/pair"}
    )
    done = pair(httpserver.url_for("/"), tmp_path)
    assert done.returncode == 2
    assert "leads to https://v.example/v1/devices/pair" in done.stderr


def test_a_hotels_page_is_not_taken_for_visant(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request(PAIR_PATH).respond_with_data("<html>Welcome</html>")
    done = pair(httpserver.url_for("/"), tmp_path)
    assert done.returncode == 2
    assert "is not Visant" in done.stderr


@pytest.mark.parametrize("place", ["none/key.json", "folder"])
def test_a_code_is_not_spent_where_its_key_cannot_be_written(
    httpserver: HTTPServer, tmp_path: Path, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    httpserver.expect_request(PAIR_PATH).respond_with_json(ANSWER)
    done = pair(httpserver.url_for("/"), tmp_path, "--key-file", place)
    assert done.returncode == 2
    assert f"The key cannot be written to {place}" in done.stderr
    assert httpserver.log == []
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_wrong_address_is_answered_by_a_sentence(tmp_path: Path) -> None:
    done = pair("http://127.0.0.1:abc", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("--url http://127.0.0.1:abc is not an address")


@pytest.mark.parametrize(
    ("typed", "named", "kept"),
    [
        ("http://10.0.0.2:8000", "http://127.0.0.1:8000", "http://10.0.0.2:8000"),
        ("http://10.0.0.2:8000", "http://localhost:8000", "http://10.0.0.2:8000"),
        ("http://10.0.0.2:8000", "http://[::1]:8000", "http://10.0.0.2:8000"),
        ("http://10.0.0.2:8000", "https://v.example", "https://v.example"),
        ("http://127.0.0.1:8000", "http://localhost:8000", "http://localhost:8000"),
        ("http://10.0.0.2:8000", "http://[v.example", "http://10.0.0.2:8000"),
    ],
)
def test_an_address_that_leads_a_camera_to_itself_is_not_kept(
    typed: str, named: str, kept: str
) -> None:
    assert better_url(typed, named) == kept


def test_a_later_pairing_replaces_the_key(httpserver: HTTPServer, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text("{}")
    httpserver.expect_request(PAIR_PATH).respond_with_json(ANSWER)
    done = pair(httpserver.url_for("/"), tmp_path, "--key-file", "key.json")
    assert done.returncode == 0
    assert json.loads((tmp_path / "key.json").read_text())["device_key"] == "vdk_secret-of-1"
    assert "--key-file key.json" in done.stdout
