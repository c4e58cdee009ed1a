"""The environment's installer, run as it is: by a Python with nothing installed for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLER = Path(__file__).resolve().parents[2] / "bin" / "_install.py"
STAND_IN = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
  venv) mkdir -p .venv/bin && ln -sf {python} .venv/bin/python;;
  pip) exit {code};;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("one==1.0 \\\n    --hash=sha256:0\n")
    (tmp_path / "requirements-dev.txt").write_text("one==1.0 \\\n    --hash=sha256:0\n")
    put_installer(tmp_path, code=0)
    return tmp_path


def put_installer(checkout: Path, code: int) -> None:
    """A stand-in for uv that writes down what it was asked."""
    path = checkout / "uv"
    log = checkout / "asked"
    path.write_text(STAND_IN.format(log=log, python=sys.executable, code=code))
    path.chmod(0o755)


def install(checkout: Path, wanted: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, INSTALLER, wanted],
        check=False,
        cwd=checkout,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{checkout}:{os.environ['PATH']}"},
    )


def installations(checkout: Path) -> int:
    return (checkout / "asked").read_text().count("pip install")


def test_what_is_pinned_is_installed_with_its_hashes_and_once(checkout: Path) -> None:
    for _ in range(2):
        assert install(checkout, "requirements.txt").returncode == 0
    assert installations(checkout) == 1
    assert "--require-hashes" in (checkout / "asked").read_text()


def test_a_changed_file_is_installed_again(checkout: Path) -> None:
    install(checkout, "requirements.txt")
    (checkout / "requirements.txt").write_text("one==1.1 \\\n    --hash=sha256:1\n")
    install(checkout, "requirements.txt")
    assert installations(checkout) == 2


def test_what_tests_need_includes_what_the_cloud_needs(checkout: Path) -> None:
    install(checkout, "requirements-dev.txt")
    install(checkout, "requirements.txt")
    assert installations(checkout) == 1


def test_a_failed_installation_is_told_and_tried_again(checkout: Path) -> None:
    put_installer(checkout, code=1)
    failed = install(checkout, "requirements.txt")
    assert failed.returncode == 1
    assert "The installation failed" in failed.stderr
    put_installer(checkout, code=0)
    assert install(checkout, "requirements.txt").returncode == 0
    assert installations(checkout) == 2
