"""QR codes that a reader reads and a strict page may hold."""

import re

import cv2
import numpy as np

from cloud.kit.qr import draw_qr

SCALE = 8


def render(svg: str) -> np.ndarray:
    """The code as pixels: white, with a dark square wherever the path says so."""
    found = re.search(r'viewBox="0 0 (\d+) ', svg)
    assert found is not None
    side = int(found[1])
    picture = np.full((side, side), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1", svg):
        picture[int(y), int(x)] = 0
    return np.kron(picture, np.ones((SCALE, SCALE), np.uint8))


def test_a_reader_reads_back_the_text() -> None:
    text = "python -m device pair --url https://visant.example --code 7K3M-9QXT-4HWC"
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(render(draw_qr(text)))
    assert read == text


def test_it_holds_neither_script_nor_style_nor_the_text() -> None:
    svg = draw_qr("<script>alert(1)</script>")
    assert "script" not in svg
    assert "style" not in svg
