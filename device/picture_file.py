"""A picture's file: named by its number, and behind its bytes what the index knows of it.

So the index is a convenience: where it is lost, the files tell all that it knew of them, and still
show as pictures to whoever looks into the folder.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from device.kept import Entry, Found

SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
NAME: Final = re.compile(
    r"(?P<spool_id>[0-9a-f-]{36})\.(?P<number>[1-9]\d{0,17})\.(?:jpg|png|webp)"
)
OLDER_NAME: Final = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp)")
"""As a client named them which kept what it knew in the index alone."""

MARK: Final = b"visant1"
TAIL_BYTES: Final = len(MARK) + 16
LARGEST_FACTS: Final = 64 * 1024


@dataclass(frozen=True)
class Number:
    """A picture's number and the counter that gave it."""

    spool_id: str
    sequence: int


def name_file(number: Number, media_type: str) -> str:
    return f"{number.spool_id}.{number.sequence}{SUFFIXES[media_type]}"


def read_name(name: str) -> Number | None:
    """The number that a file's name tells; None where it tells none."""
    read = NAME.fullmatch(name)
    return Number(read["spool_id"], int(read["number"])) if read else None


def is_ours(name: str) -> bool:
    """Whether a client gave a picture this name, or its draft."""
    finished = name.removesuffix(".part")
    return bool(NAME.fullmatch(finished) or OLDER_NAME.fullmatch(finished))


def seal(content: bytes, entry: Entry, command_id: str | None) -> bytes:
    """The file's bytes: the picture, its facts as JSON, their length and checksum, and the mark."""
    told = {name: value for name, value in asdict(entry).items() if name != "file"}
    facts = json.dumps({**told, "command_id": command_id}, ensure_ascii=False).encode()
    return content + facts + b"%08d%08x" % (len(facts), zlib.crc32(facts)) + MARK


def read_facts(path: Path) -> Found | None:
    """What a finished file tells of its picture, without reading that; None where it does not.

    Raises OSError where it cannot be read.
    """
    number = read_name(path.name)
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - LARGEST_FACTS))
        facts = _parse(file.read())
    if number is None or facts is None:
        return None
    told, length = facts
    command_id = told.pop("command_id", None)
    try:
        entry = Entry(file=path.name, **told)
    except TypeError:
        return None
    if entry.bytes + length != size:
        return None
    return Found(number.spool_id, number.sequence, entry, command_id)


def _parse(end: bytes) -> tuple[dict[str, Any], int] | None:
    """The facts and the length of all that is behind the picture."""
    tail = end[-TAIL_BYTES:]
    try:
        length, checksum = int(tail[:8]), int(tail[8:16], 16)
    except ValueError:
        return None
    facts = end[-TAIL_BYTES - length : -TAIL_BYTES]
    if tail[16:] != MARK or len(facts) != length or zlib.crc32(facts) != checksum:
        return None
    told: Mapping[str, Any] = json.loads(facts)
    return dict(told), length + TAIL_BYTES
