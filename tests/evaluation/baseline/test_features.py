from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cloud.evaluation.baseline.features import (
    COARSE_SHAPE,
    FINE_SHAPE,
    STEPS,
    FeaturesUnreadableError,
    extract,
    pack,
    unpack,
)
from cloud.kit.errors import Malformed
from tests.evaluation.baseline.drawing import draw_bench, photograph


def test_a_patch_is_described_by_a_vector_of_length_one_at_most() -> None:
    features = extract(photograph(draw_bench(), 1))
    assert features.fine.shape == FINE_SHAPE
    assert features.coarse.shape == COARSE_SHAPE
    lengths = np.linalg.norm(features.coarse.astype(float) / STEPS, axis=-1)
    assert 0.5 < lengths.max() < 1.1


def test_packed_features_come_back_to_the_last_bit() -> None:
    features = extract(photograph(draw_bench(), 2))
    again = unpack(pack(features))
    assert np.array_equal(again.fine, features.fine)
    assert np.array_equal(again.coarse, features.coarse)


def test_packed_features_stay_under_a_hundred_kilobytes() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (480, 640, 3), np.uint8)
    assert len(pack(extract(photograph(noise, 3)))) < 100_000


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-9], lambda raw: b"VPF0" + raw[4:], lambda _: b""]
)
def test_spoilt_features_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    packed = pack(extract(photograph(draw_bench(), 4)))
    with pytest.raises(FeaturesUnreadableError):
        unpack(spoil(packed))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_jpeg_is_refused(share: float) -> None:
    jpeg = photograph(draw_bench(), 5)
    with pytest.raises(Malformed, match="image_undecodable"):
        extract(jpeg[: int(len(jpeg) * share)])


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(Malformed):
        extract(b"not a picture")


def test_threads_at_once_see_what_one_alone_sees() -> None:
    jpegs = [photograph(draw_bench(mug=seed % 2 == 0), seed) for seed in range(6)]
    alone = [pack(extract(jpeg)) for jpeg in jpegs]
    with ThreadPoolExecutor(max_workers=3) as pool:
        together = [pack(features) for features in pool.map(extract, jpegs)]
    assert together == alone
