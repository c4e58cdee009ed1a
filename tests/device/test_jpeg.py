import numpy as np

from device.jpeg import encode_jpeg, fit_frame
from tests.device.pictures import decode


def test_a_frame_is_fitted_without_losing_its_proportions() -> None:
    fitted = fit_frame(np.zeros((720, 1280, 3), np.uint8), 640, 640)
    assert fitted.shape == (360, 640, 3)


def test_a_small_frame_is_never_enlarged() -> None:
    assert fit_frame(np.zeros((72, 128, 3), np.uint8), 640, 640).shape == (72, 128, 3)


def test_quality_gives_way_until_the_bytes_fit() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    full = encode_jpeg(noise, quality=95)
    small = encode_jpeg(noise, quality=95, at_most=len(full) // 2)
    assert len(small) <= len(full) // 2
    assert decode(small).shape == (240, 320, 3)
