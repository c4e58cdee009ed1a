"""Reading `--source`: the one line that says what to look at."""

from dataclasses import dataclass
from enum import StrEnum

from device.scenes.names import SCENES


class Kind(StrEnum):
    """The kinds of source, by the word before the colon."""

    CAMERA = "camera"
    PI_CAMERA = "picamera"
    STREAM = "stream"
    FOLDER = "folder"
    STILL = "still"
    SCENE = "scene"


class Backend(StrEnum):
    """By which part of OpenCV a camera or stream is read."""

    ANY = "any"
    V4L2 = "v4l2"
    FFMPEG = "ffmpeg"
    GSTREAMER = "gstreamer"


LONGEST_NUMBER = 4
STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")


@dataclass(frozen=True)
class SourceSpec:
    """A kind and where to find it: an index, an address, a path or a scene's name."""

    kind: Kind
    place: str

    @property
    def is_simulated(self) -> bool:
        """Whether no real camera is behind it, so that nothing limits how often it is asked."""
        return self.kind in {Kind.FOLDER, Kind.STILL, Kind.SCENE}


def parse_source(text: str) -> SourceSpec:
    """Raises ValueError with a sentence when the text names no source."""
    word, colon, place = ("picamera:0" if text == Kind.PI_CAMERA else text).partition(":")
    if word in STREAM_SCHEMES and place.startswith("//") and len(place) > len("//"):
        return SourceSpec(Kind.STREAM, text)
    if word not in set(Kind) - {Kind.STREAM} or not colon or not place:
        raise ValueError(
            "that names no source; use camera:0, picamera, rtsp://…, http://…, folder:DIR, "
            "still:FILE or scene:NAME."
        )
    is_number = place.isascii() and place.isdecimal() and len(place) <= LONGEST_NUMBER
    if word in {Kind.CAMERA, Kind.PI_CAMERA} and not is_number:
        raise ValueError(f"a camera is named by its number, the first one being {word}:0.")
    if word == Kind.SCENE and place not in SCENES:
        raise ValueError(f"there is no such scene; choose one of {', '.join(SCENES)}.")
    return SourceSpec(Kind(word), place)
