"""The measure of uploads: what it uploads is what it says, and it measures something."""

import json
import sys

import cv2
import numpy as np
import pytest

from bench.uploads import SIZES, Size, draw_picture, main


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_a_drawn_picture_has_the_sides_and_about_the_bytes_that_were_asked_for(size: Size) -> None:
    jpeg = draw_picture(size)
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (size.height, size.width, 3)
    assert 0.85 * size.bytes < len(jpeg) <= size.bytes


@pytest.mark.long
def test_a_short_run_reports_both_sizes_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["uploads", "--uploads", "20", "--connections", "2", "--json"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0
    reports = json.loads(capsys.readouterr().out)
    assert [report["size"] for report in reports] == ["small", "720p"]
    assert all(report["uploads"] == 20 for report in reports)
    assert all(report["server_cpu_ms"] > 0 for report in reports)
    assert all(0 < report["p50_ms"] <= report["p99_ms"] for report in reports)
