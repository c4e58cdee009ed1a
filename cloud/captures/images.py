"""What happens to an uploaded picture before it is kept: checked, stripped, turned, made small.

`prepare` is pure and uses only the processor; call it in a thread. Nothing is decoded before the
limits are checked against the header, and nothing of an upload but its picture is kept.
"""

import hashlib
import io
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from PIL import Image

from cloud.captures.bare_image import BareImage, BrokenImage, ImageKind, recognise_kind
from cloud.captures.decoding import decode_reduced_jpeg, decode_upright
from cloud.captures.jpeg_segments import read_jpeg_size, strip_jpeg
from cloud.captures.masking import NO_MASKS, MaskedBy, Masks, paint
from cloud.captures.picture_hash import hash_picture
from cloud.captures.png_chunks import read_png_size, strip_png
from cloud.captures.webp_chunks import read_webp_size, strip_webp
from cloud.kit.errors import Malformed, TooLarge, UnsupportedMedia

MOST_SIDE = 16_384
LEAST_SIDE = 16
THUMBNAIL_SIZE = (400, 300)
_THUMBNAIL_QUALITY = 85
_STORED_QUALITY = 92

_READ_SIZE = {
    ImageKind.JPEG: read_jpeg_size,
    ImageKind.PNG: read_png_size,
    ImageKind.WEBP: read_webp_size,
}
_STRIP = {ImageKind.JPEG: strip_jpeg, ImageKind.PNG: strip_png, ImageKind.WEBP: strip_webp}

_LARGE_PIXELS = 16_000_000
_one_large_picture = threading.Lock()  # 50 million pixels take some 400 MB while they are turned


@dataclass(frozen=True)
class ImageLimits:
    """How large an upload may be: bytes as received, pixels as its header says."""

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True)
class PreparedImage:
    """A picture ready to be kept, with what is known of it. Sizes are upright pixels.

    `sha256` and `bytes_received` are of the upload as received; `etag_sha256` is of `jpeg`, the
    bytes to store. `phash` is `hash_picture` of the thumbnail. `masked_by` is None without masks.
    """

    jpeg: bytes
    thumbnail: bytes
    etag_sha256: str
    sha256: str
    bytes_received: int
    width: int
    height: int
    phash: int
    masked_by: MaskedBy | None = None


@dataclass(frozen=True)
class _Storable:
    """The bytes to store, and the picture of a thumbnail's size."""

    jpeg: bytes
    small: Image.Image
    masked_by: MaskedBy | None


def prepare(upload: bytes, limits: ImageLimits, masks: Masks = NO_MASKS) -> PreparedImage:
    """The JPEG to store, masked, its thumbnail and its hash, from a JPEG, PNG or WebP upload.

    Raises TooLarge (`capture_too_large`, `image_too_many_pixels`), UnsupportedMedia
    (`image_type_unsupported`) or Malformed (`image_empty`, `image_too_small`,
    `image_undecodable`); nothing else, whatever the bytes.
    """
    kind = _recognise(upload, limits)
    try:
        size = _READ_SIZE[kind](upload)
        _check_size(size, limits)
        bare = _STRIP[kind](upload)
        with _wait_if_large(size):
            storable = _make_storable(kind, bare, size, masks)
    except BrokenImage as broken:
        raise Malformed("image_undecodable", f"The {kind} picture {broken}.") from None
    return _describe(upload, storable, _turn_size(size, bare.orientation))


def _recognise(upload: bytes, limits: ImageLimits) -> ImageKind:
    if len(upload) > limits.max_bytes:
        detail = f"The upload has {len(upload)} bytes; at most {limits.max_bytes} are taken."
        raise TooLarge("capture_too_large", detail)
    if not upload:
        raise Malformed("image_empty", "The upload has no bytes.")
    kind = recognise_kind(upload)
    if kind is None:
        raise UnsupportedMedia("image_type_unsupported", "Send a JPEG, PNG or WebP picture.")
    return kind


def _check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels or max(size) > MOST_SIDE:
        detail = (
            f"The picture is {width} x {height}; at most {limits.max_pixels} pixels "
            f"and {MOST_SIDE} a side are taken."
        )
        raise TooLarge("image_too_many_pixels", detail)
    if min(size) < LEAST_SIDE:
        detail = f"The picture is {width} x {height}; it needs {LEAST_SIDE} pixels a side."
        raise Malformed("image_too_small", detail)


def _wait_if_large(size: tuple[int, int]) -> AbstractContextManager[object]:
    return _one_large_picture if size[0] * size[1] > _LARGE_PIXELS else nullcontext()


def _make_storable(
    kind: ImageKind, bare: BareImage, size: tuple[int, int], masks: Masks
) -> _Storable:
    """From one decode, but where a camera has not painted its masks: then from a second, full one.

    What is coded anew is painted again in any case, as coding lights up the edges of a mask.
    """
    if bare.storable:
        reduced = decode_reduced_jpeg(bare.data, size, _fit(size))
        if masks.are_painted_on(reduced, size):
            return _Storable(bare.data, _shrink(reduced), _painter(masks, by_camera=True))
    upright = decode_upright(kind, bare.data, size, bare.orientation)
    by_camera = masks.are_painted_on(upright, upright.size)
    paint(upright, masks)
    return _Storable(
        _encode(upright, _STORED_QUALITY), _shrink(upright), _painter(masks, by_camera=by_camera)
    )


def _painter(masks: Masks, *, by_camera: bool) -> MaskedBy | None:
    if not masks.polygons:
        return None
    return MaskedBy.CAMERA if by_camera else MaskedBy.CLOUD


def _describe(upload: bytes, storable: _Storable, size: tuple[int, int]) -> PreparedImage:
    return PreparedImage(
        jpeg=storable.jpeg,
        thumbnail=_encode(storable.small, _THUMBNAIL_QUALITY),
        etag_sha256=hashlib.sha256(storable.jpeg).hexdigest(),
        sha256=hashlib.sha256(upload).hexdigest(),
        bytes_received=len(upload),
        width=size[0],
        height=size[1],
        phash=hash_picture(storable.small),
        masked_by=storable.masked_by,
    )


def _turn_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """EXIF orientations 5 to 8 lie on their side."""
    return size[::-1] if orientation >= 5 else size  # noqa: PLR2004 - see above


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape inside a thumbnail's, never larger than it was."""
    scale = min(1.0, THUMBNAIL_SIZE[0] / size[0], THUMBNAIL_SIZE[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shrink(picture: Image.Image) -> Image.Image:
    return picture.resize(_fit(picture.size), Image.Resampling.HAMMING, reducing_gap=2.0)


def _encode(picture: Image.Image, quality: int) -> bytes:
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=quality)
    return coded.getvalue()
