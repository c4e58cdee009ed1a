"""From a stripped file to pixels: small for a thumbnail, or full size, upright, on plain ground.

Pillow's plugins are called by name instead of `Image.open`, so that no other format is ever tried
and Pillow's process-wide pixel limit plays no part: sizes were checked in the header before.
"""

import io
import zlib

import cv2
import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from cloud.captures.bare_image import BrokenImage, ImageKind

_GROUND = (255, 255, 255)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, KeyError, OverflowError, zlib.error)


def decode_reduced_jpeg(data: bytes, size: tuple[int, int], enough: tuple[int, int]) -> Image.Image:
    """A JPEG at 1/1, 1/2, 1/4 or 1/8 of its size, no smaller than `enough`, in grey or RGB.

    The whole scan is still read, so a cut one raises BrokenImage; so does a size that is not the
    header's.
    """
    try:
        image = JpegImageFile(io.BytesIO(data))
        _require_size(image, size)
        image.draft(None, enough)
        image.load()
    except _DECODER_ERRORS:
        raise BrokenImage("cannot be decoded to its end") from None
    return image


def decode_upright(
    kind: ImageKind, data: bytes, size: tuple[int, int], orientation: int
) -> Image.Image:
    """The full picture in 8-bit grey or RGB, turned by its EXIF orientation, transparency on white.

    `size` is the header's, before turning; another one, or a scan that ends early, raises
    BrokenImage.
    """
    try:
        image = _flatten(_decode(kind, data, size))
    except _DECODER_ERRORS:
        raise BrokenImage("cannot be decoded to its end") from None
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _decode(kind: ImageKind, data: bytes, size: tuple[int, int]) -> Image.Image:
    if kind is ImageKind.WEBP:
        return _decode_webp(data, size)
    plugin = JpegImageFile if kind is ImageKind.JPEG else PngImageFile
    image = plugin(io.BytesIO(data))
    _require_size(image, size)
    image.load()
    return image


def _decode_webp(data: bytes, size: tuple[int, int]) -> Image.Image:
    """By OpenCV: Pillow keeps an animation's canvases and takes more than twice the memory."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None or pixels.shape[1::-1] != size:
        raise BrokenImage("cannot be decoded to its end")
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB  # noqa: PLR2004 - channels
    return Image.fromarray(cv2.cvtColor(pixels, order, dst=pixels))


def _require_size(image: Image.Image, size: tuple[int, int]) -> None:
    if image.size != size:
        raise BrokenImage("has another size than its header says")


def _flatten(image: Image.Image) -> Image.Image:
    """Whatever was decoded, as 8-bit grey or RGB."""
    if image.mode.startswith("I"):
        sixteen_bits = np.asarray(image, dtype=np.uint32)
        return Image.fromarray((sixteen_bits >> 8).astype(np.uint8))
    if image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info:
        see_through = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", image.size, _GROUND)
        ground.paste(see_through, mask=see_through)
        return ground
    if image.mode in {"L", "RGB"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")
