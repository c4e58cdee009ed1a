"""Whether a picture is masked: what cameras really paint passes, and nothing else does."""

from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from cloud.captures.images import ImageLimits, prepare
from cloud.captures.masking import MaskedBy, Masks, masks_for
from device.masking import mask_picture
from device.picture import Picture
from device.wire import PRIVACY_METADATA, Mask, mask_version
from tests.captures.pictures import ORIENTATION, decode, draw, encode, lie_down

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = ImageLimits(max_bytes=15_000_000, max_pixels=50_000_000)
WINDOW: Mask = ((0.2, 0.2), (0.7, 0.25), (0.65, 0.8), (0.25, 0.75))
DOOR: Mask = ((0.8, 0.0), (1.0, 0.0), (1.0, 1.0), (0.8, 1.0))
CENTRE = (0.45, 0.5)


def bright(width: int, height: int) -> Image.Image:
    """The worst for paint: stripes and noise at full contrast."""
    dice = np.random.default_rng(7)
    return Image.fromarray(dice.choice([0, 255], (height, width, 3)).astype(np.uint8))


def camera_masks(upload: bytes, masks: tuple[Mask, ...], quality: int = 85) -> tuple[bytes, Masks]:
    """What a camera sends of a picture, and what the cloud thinks of its masks."""
    sent = mask_picture(Picture(upload, NOON), masks, quality=quality)
    return sent.content, masks_for(masks, sent.metadata)


def darkness(jpeg: bytes, at: tuple[float, float]) -> int:
    """The brightest value near a point, of 255."""
    pixels = np.asarray(decode(jpeg).convert("RGB"))
    y, x = round(at[1] * (pixels.shape[0] - 1)), round(at[0] * (pixels.shape[1] - 1))
    return int(pixels[y - 2 : y + 3, x - 2 : x + 3].max())


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("quality", [30, 85, 100])
def test_what_a_camera_painted_is_kept_byte_for_byte(size: tuple[int, int], quality: int) -> None:
    upload, masks = camera_masks(encode(bright(*size)), (WINDOW,), quality)
    prepared = prepare(upload, LIMITS, masks)
    assert prepared.masked_by is MaskedBy.CAMERA
    assert prepared.jpeg == upload


def test_without_masks_nobody_painted() -> None:
    upload = encode(draw())
    prepared = prepare(upload, LIMITS)
    assert (prepared.masked_by, prepared.jpeg) == (None, upload)


def test_what_a_camera_did_not_paint_is_painted_in_picture_and_thumbnail() -> None:
    upload = encode(Image.new("RGB", (640, 480), "white"))
    prepared = prepare(upload, LIMITS, Masks((WINDOW, DOOR)))
    assert prepared.masked_by is MaskedBy.CLOUD
    for jpeg in (prepared.jpeg, prepared.thumbnail):
        assert darkness(jpeg, CENTRE) < 24
        assert darkness(jpeg, (0.9, 0.5)) < 24
        assert darkness(jpeg, (0.1, 0.1)) > 230


def test_a_camera_that_only_says_so_is_not_believed() -> None:
    said = {PRIVACY_METADATA: {"masks": 1, "version": mask_version((WINDOW,))}}
    prepared = prepare(encode(bright(640, 480)), LIMITS, masks_for((WINDOW,), said))
    assert prepared.masked_by is MaskedBy.CLOUD
    assert darkness(prepared.jpeg, CENTRE) < 24


def test_a_mask_that_the_camera_has_not_heard_of_is_painted_beside_its_own() -> None:
    upload, _ = camera_masks(encode(bright(640, 480)), (WINDOW,))
    said = {PRIVACY_METADATA: {"masks": 1, "version": mask_version((WINDOW,))}}
    prepared = prepare(upload, LIMITS, masks_for((WINDOW, DOOR), said))
    assert prepared.masked_by is MaskedBy.CLOUD
    assert darkness(prepared.jpeg, (0.9, 0.5)) < 24


def test_a_dark_scene_is_not_taken_for_paint() -> None:
    prepared = prepare(encode(Image.new("RGB", (640, 480), "black")), LIMITS, Masks((WINDOW,)))
    assert prepared.masked_by is MaskedBy.CLOUD


def test_a_mask_too_narrow_to_be_looked_at_is_painted_here() -> None:
    wire: Mask = ((0.5, 0.0), (0.505, 0.0), (0.505, 1.0), (0.5, 1.0))
    upload, masks = camera_masks(encode(bright(640, 480)), (wire,))
    assert prepare(upload, LIMITS, masks).masked_by is MaskedBy.CLOUD


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_masks_lie_on_the_picture_as_it_is_seen(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lying = lie_down(Image.new("RGB", (640, 480), "white"), orientation)
    prepared = prepare(encode(lying, kind, exif=exif), LIMITS, Masks((DOOR,)))
    assert darkness(prepared.jpeg, (0.9, 0.5)) < 24
    assert darkness(prepared.jpeg, (0.5, 0.9)) > 230


def test_grey_pictures_are_painted_too() -> None:
    prepared = prepare(encode(Image.new("L", (640, 480), 255)), LIMITS, Masks((WINDOW,)))
    assert darkness(prepared.jpeg, CENTRE) < 24


@pytest.mark.parametrize("said", [None, "all", {"version": 7}, {}, ["x"]])
def test_nonsense_of_a_camera_about_its_masks_names_none(said: object) -> None:
    assert not masks_for((WINDOW,), {PRIVACY_METADATA: said}).are_named
