import numpy as np
import pytest

from device.config import WHOLE_PICTURE, read_masks
from device.masking import mask_picture, paint
from device.picture import Picture
from device.sources.source import SourceError
from device.wire import mask_version
from tests.device.pictures import decode, picture, png

TRIANGLE = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))


def test_a_picture_without_masks_keeps_its_very_bytes() -> None:
    plain = picture()
    assert mask_picture(plain, (), quality=85) is plain


def test_every_pixel_inside_a_mask_is_black_and_those_outside_stay() -> None:
    frame = np.full((100, 200, 3), 220, np.uint8)
    paint(frame, [TRIANGLE])
    assert frame[10, 10].tolist() == [0, 0, 0]
    assert frame[0, 199].tolist() == [0, 0, 0]
    assert frame[90, 190].tolist() == [220, 220, 220]


def test_the_whole_picture_can_be_masked_and_what_was_said_of_it_stays() -> None:
    masked = mask_picture(picture(200), (WHOLE_PICTURE,), quality=85)
    assert decode(masked.content).max() < 5
    assert masked.metadata["shade"] == 200
    assert masked.media_type == "image/jpeg"


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_what_cannot_be_masked_does_not_leave_the_camera(content: bytes) -> None:
    with pytest.raises(SourceError, match="cannot be decoded"):
        mask_picture(Picture(content, picture().captured_at), (TRIANGLE,), quality=85)


@pytest.mark.parametrize("width", [70_000, 100_000_000])
def test_a_picture_too_large_to_be_masked_does_not_leave_the_camera(width: int) -> None:
    with pytest.raises(SourceError, match="cannot be"):
        mask_picture(Picture(png(width), picture().captured_at), (TRIANGLE,), quality=85)


def test_other_masks_have_another_version() -> None:
    assert mask_version((TRIANGLE,)) == mask_version((TRIANGLE,))
    assert mask_version((TRIANGLE,)) != mask_version((WHOLE_PICTURE,))
    assert len(mask_version(())) == 16


def test_masks_are_read_and_held_to_the_picture() -> None:
    assert read_masks([[[0, 0], [1.5, 0], [0, 1]]]) == (TRIANGLE,)
    assert read_masks(None) == ()
    assert read_masks([]) == ()


@pytest.mark.parametrize(
    "value",
    ["everything", [[]], [[[0, 0], [1, 1]]], [[[0, 0], [1, "x"], [1, 1]]], [7], [[[0], [1], [2]]]],
)
def test_a_mask_that_makes_no_sense_hides_everything(value: object) -> None:
    assert read_masks(value) == (WHOLE_PICTURE,)
