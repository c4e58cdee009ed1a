"""What becomes of a good picture: its size, its colours, its thumbnail, and what is left out."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cloud.captures.images import ImageLimits, PreparedImage, prepare
from cloud.captures.picture_hash import hash_distance
from tests.captures.pictures import (
    SCRIPT,
    decode,
    draw,
    encode,
    insert_segments,
    jpeg_segment,
    lie_down,
    make_exif,
)

LIMITS = ImageLimits(max_bytes=15 * 1024 * 1024, max_pixels=50_000_000)
FOREIGN = (b"Exif", b"GPS", b"<script", b"<?php")


def difference(stored: bytes, expected: Image.Image) -> float:
    """The mean difference of two pictures of one size, in grey levels of 255."""
    pixels = np.asarray(decode(stored).convert("RGB"), dtype=float)
    return float(np.abs(pixels - np.asarray(expected.convert("RGB"), dtype=float)).mean())


def assert_nothing_foreign(prepared: PreparedImage) -> None:
    for data in (prepared.jpeg, prepared.thumbnail):
        assert not [word for word in FOREIGN if word in data]


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}]
)
def test_an_upright_jpeg_is_stored_without_loss(options: dict[str, Any]) -> None:
    upload = encode(draw(), exif=make_exif(), comment=SCRIPT, icc_profile=b"\0" * 200, **options)
    prepared = prepare(upload, LIMITS)
    assert np.array_equal(np.asarray(decode(prepared.jpeg)), np.asarray(decode(upload)))
    assert_nothing_foreign(prepared)
    assert not {"exif", "comment", "icc_profile"} & set(decode(prepared.jpeg).info)


def test_a_bare_jpeg_is_stored_byte_for_byte() -> None:
    upload = encode(draw())
    assert prepare(upload, LIMITS).jpeg == upload


def test_hashes_and_bytes_are_of_the_upload_and_the_etag_of_what_is_stored() -> None:
    upload = encode(draw(), exif=make_exif())
    prepared = prepare(upload, LIMITS)
    assert prepared.sha256 == hashlib.sha256(upload).hexdigest()
    assert prepared.bytes_received == len(upload)
    assert prepared.etag_sha256 == hashlib.sha256(prepared.jpeg).hexdigest()
    assert prepared.etag_sha256 != prepared.sha256


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_upright(kind: str, orientation: int) -> None:
    scene = draw(160, 120)
    exif = make_exif(orientation)
    prepared = prepare(encode(lie_down(scene, orientation), kind, exif=exif), LIMITS)
    assert (prepared.width, prepared.height) == (160, 120)
    assert decode(prepared.jpeg).size == decode(prepared.thumbnail).size == (160, 120)
    assert difference(prepared.jpeg, scene) < 4
    assert difference(prepared.thumbnail, scene) < 5
    assert_nothing_foreign(prepared)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_laid_on_white(kind: str) -> None:
    scene = draw()
    scene.putalpha(Image.linear_gradient("L").resize(scene.size))
    expected = Image.alpha_composite(Image.new("RGBA", scene.size, "white"), scene)
    assert difference(prepare(encode(scene, kind), LIMITS).jpeg, expected) < 4


def test_a_transparent_palette_colour_is_laid_on_white() -> None:
    scene = Image.new("P", (64, 48), 0)
    scene.putpalette([0, 0, 0, 255, 0, 0])
    prepared = prepare(encode(scene, "PNG", transparency=0), LIMITS)
    assert np.asarray(decode(prepared.jpeg)).min() > 250


def test_sixteen_bit_grey_keeps_its_tones() -> None:
    eight_bits = np.asarray(draw().convert("L"))
    sixteen_bits = eight_bits.astype(np.uint16) * 256 + (255 - eight_bits)
    upload = encode(Image.fromarray(sixteen_bits), "PNG")
    assert difference(prepare(upload, LIMITS).jpeg, Image.fromarray(eight_bits)) < 2


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA"])
def test_few_colours_are_drawn_as_they_are(mode: str) -> None:
    scene = draw().quantize(64) if mode == "P" else draw().convert(mode)
    assert difference(prepare(encode(scene, "PNG"), LIMITS).jpeg, scene) < 6


def test_a_cmyk_jpeg_is_stored_in_the_colours_of_screens() -> None:
    scene = draw()
    prepared = prepare(encode(scene.convert("CMYK"), quality=95), LIMITS)
    assert decode(prepared.jpeg).mode == "RGB"
    assert difference(prepared.jpeg, scene) < 4


@pytest.mark.parametrize("numbered", [False, True])
def test_a_jpeg_coded_in_rgb_keeps_its_colours(*, numbered: bool) -> None:
    """Only its Adobe segment says so when the components have numbers, not the letters R, G, B."""
    upload = encode(draw(), keep_rgb=True)
    if numbered:
        upload = upload.replace(b"R\x11\0G\x11\0B\x11\0", b"\1\x11\0\2\x11\0\3\x11\0")
        upload = upload.replace(b"\3R\0G\0B\0", b"\3\1\0\2\0\3\0")
        assert difference(upload, draw()) < 4
    prepared = prepare(upload, LIMITS)
    assert np.array_equal(np.asarray(decode(prepared.jpeg)), np.asarray(decode(upload)))


def test_a_grey_jpeg_stays_grey() -> None:
    prepared = prepare(encode(draw().convert("L")), LIMITS)
    assert decode(prepared.jpeg).mode == decode(prepared.thumbnail).mode == "L"


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((1280, 720), (400, 225)), ((600, 1200), (150, 300)), ((100, 80), (100, 80)),
     ((1600, 16), (400, 4))],
)  # fmt: skip
def test_the_thumbnail_fits_and_is_never_larger_than_the_picture(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    for kind in ("JPEG", "PNG"):
        assert decode(prepare(encode(draw(*size), kind), LIMITS).thumbnail).size == fitted


def test_the_hash_follows_the_scene_and_not_its_coding() -> None:
    scene = Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 60).convert("RGB")
    one = prepare(encode(scene, quality=95), LIMITS).phash
    assert hash_distance(one, prepare(encode(scene, quality=50), LIMITS).phash) <= 2
    assert hash_distance(one, prepare(encode(scene, "PNG"), LIMITS).phash) <= 2
    mirrored = scene.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert hash_distance(one, prepare(encode(mirrored), LIMITS).phash) > 16
    assert -(2**63) <= one < 2**63


def test_a_full_hash_differs_from_an_empty_one_in_64_bits() -> None:
    assert hash_distance(-1, 0) == 64


def test_code_in_a_quantisation_table_is_not_stored() -> None:
    unused_table = jpeg_segment(0xDB, b"\x03" + SCRIPT.encode().ljust(64, b"\x01"))
    prepared = prepare(insert_segments(encode(draw()), unused_table), LIMITS)
    assert_nothing_foreign(prepared)
    assert difference(prepared.jpeg, draw()) < 4


def test_threads_prepare_the_same_picture_alike() -> None:
    uploads = [encode(draw(), kind, exif=make_exif(6)) for kind in ("JPEG", "PNG", "WEBP")] * 8
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda upload: prepare(upload, LIMITS), uploads))
    assert together == [prepare(upload, LIMITS) for upload in uploads]
