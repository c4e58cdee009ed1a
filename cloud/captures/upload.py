"""The upload form as a camera fills it in, checked before anything is decoded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from cloud.kit.clock import is_in_calendar
from cloud.kit.errors import FieldError, Malformed
from device.wire import INPUT_LABEL

LONGEST_KEY = 200
LONGEST_LABEL = 100
LARGEST_SEQUENCE = 2**62
MAX_TIMING_BYTES = 2048
DEEPEST = 32
"""Levels of nesting. What is written as JSON is bounded too, and the capture is shown in others."""

FUTURE_TOLERANCE = timedelta(hours=24)
BEFORE_CAMERAS = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that says less has never been set: a Raspberry Pi has none that runs without power."""

CLOCK_MAY_DIFFER = timedelta(minutes=5)
"""More than a slow link may take for one upload, whose time counts here too."""

LONGEST_COUNT = timedelta(days=366)

LONGEST_ON_THE_WAY = timedelta(days=30)
"""Cameras drop what has waited for longer; ours do after a week."""


@dataclass(frozen=True)
class Upload:
    """One upload, before its picture is looked at."""

    image: bytes
    captured_at: datetime | None
    """By the camera's clock; None where that shows no time that can be reckoned with."""
    sequence: int | None
    spool_id: str | None
    idempotency_key: str | None
    trigger_id: str | None
    trigger_label: str | None
    metadata: dict[str, Any]
    timing: dict[str, str]
    clock_suspect: bool = False

    @property
    def is_by_input(self) -> bool:
        """Whether the camera's own digital input asked for it."""
        return self.trigger_label == INPUT_LABEL and self.trigger_id is None


def read_clock(said: datetime) -> datetime | None:
    """What the camera's clock showed, in UTC; None outside of our calendar.

    Such a picture is not refused: its camera would drop it, for a clock that it cannot help.
    """
    return said.astimezone(UTC) if is_in_calendar(said) else None


def key_without_spool(sequence: int | None, captured_at: datetime | None) -> str | None:
    """The key of an upload that has none and whose counter has no name.

    The moment stands in for the name: a counter that began anew counts other moments. Without
    either there is no key, as two pictures might get the same.
    """
    if sequence is None or captured_at is None:
        return None
    return f"{sequence} at {captured_at.isoformat()}"


def parse_json_object(field: str, text: str | None, *, most_bytes: int) -> dict[str, Any]:
    """A form field that holds a JSON object. Raises Malformed naming the field."""
    if not text:
        return {}
    if len(text.encode()) > most_bytes:
        raise _malformed(field, f"at most {most_bytes} bytes")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _malformed(field, "not JSON") from None
    if not isinstance(value, dict):
        raise _malformed(field, "not a JSON object")
    for depth, text_found in _texts(value):
        if depth > DEEPEST:
            raise _malformed(field, f"nested deeper than {DEEPEST}")
        if "\0" in text_found:
            raise _malformed(field, "holds a NUL character")
    return value


def parse_timing(text: str | None) -> dict[str, str]:
    """The device's marks: names and RFC 3339 times. Raises Malformed."""
    marks = parse_json_object("timing", text, most_bytes=MAX_TIMING_BYTES)
    for name, moment in marks.items():
        if not isinstance(moment, str) or not _is_time(moment):
            raise _malformed("timing", f"{name} is not a time with a zone")
    return marks


def in_our_time(upload: Upload, received_at: datetime) -> Upload:
    """The upload, dated by our clock where the camera counted its age and that contradicts its own.

    Its clock is suspect then, and where it cannot be right: far in the future, or never set.
    """
    dated, age = upload.captured_at, _counted_age(upload.timing)
    if age is not None and (dated is None or abs(received_at - age - dated) > CLOCK_MAY_DIFFER):
        return replace(upload, captured_at=received_at - age, clock_suspect=True)
    if dated is None:
        return replace(upload, clock_suspect=True)
    suspect = dated > received_at + FUTURE_TOLERANCE or dated < BEFORE_CAMERAS
    return replace(upload, clock_suspect=suspect)


def _counted_age(timing: dict[str, str]) -> timedelta | None:
    """How old the picture was when it was sent, by the camera's count of seconds."""
    if not {"sent", "counted_back"} <= timing.keys():
        return None
    sent, back = (datetime.fromisoformat(timing[name]) for name in ("sent", "counted_back"))
    return sent - back if timedelta() <= sent - back <= LONGEST_COUNT else None


def when_taken(captured_at: datetime | None, received_at: datetime) -> datetime:
    """When a picture was taken, as far as its camera's clock can be believed; else when it came."""
    if captured_at is None or not timedelta() <= received_at - captured_at <= LONGEST_ON_THE_WAY:
        return received_at
    return captured_at


def _texts(value: Any) -> Iterator[tuple[int, str]]:
    """Every key and text inside a JSON value, with how deep it lies. A number counts as no text."""
    waiting: list[tuple[int, Any]] = [(0, value)]
    while waiting:
        depth, found = waiting.pop()
        if isinstance(found, dict):
            for key, inner in found.items():
                yield depth, key
                waiting.append((depth + 1, inner))
        elif isinstance(found, list):
            yield depth, ""
            waiting.extend((depth + 1, inner) for inner in found)
        elif isinstance(found, str):
            yield depth, found


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _malformed(field: str, message: str) -> Malformed:
    return Malformed(
        "request_malformed",
        f"The upload cannot be understood ({field}: {message}).",
        errors=(FieldError(field, message),),
    )
