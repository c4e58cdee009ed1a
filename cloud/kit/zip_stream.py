"""A zip file as a stream: each entry leaves as it is added, and nothing of it is kept in memory.

The layout is that of PKWARE's APPNOTE 6.3.10, in its ZIP64 form where there are more than 65,535
entries or four gigabytes. An entry is handed over whole, so that its length and checksum stand
before it. The directory, which ends the file, grows in a temporary file meanwhile.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1024 * 1024
"""Bytes of the directory that are kept before it goes to disk."""

PIECE = 64 * 1024
VERSION = 45
UTF8 = 0x0800
STORED, DEFLATED = 0, 8
LARGEST_SHORT = 0xFFFF
LARGEST_LONG = 0xFFFFFFFF
FROM_UNIX = 3 << 8
PLAIN_FILE = 0o100600 << 16
FIRST_YEAR, LAST_YEAR = 1980, 2107

LOCAL = struct.Struct("<IHHHHHIIIHH")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
FAR_OFFSET = struct.Struct("<HHQ")
END_64 = struct.Struct("<IQHHIIQQQQ")
LOCATOR_64 = struct.Struct("<IIQI")
END = struct.Struct("<IHHHHIIH")


class ZipStream:
    """Give every entry to `add`, send what it gives back, and end with what `close` gives."""

    def __init__(self) -> None:
        self._directory = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by `close`
        self._offset = 0
        self._count = 0

    def add(self, name: str, data: bytes, at: datetime, *, compressed: bool) -> bytes:
        """One entry, of less than four gigabytes. `at` is its time, as its own zone has it."""
        method, body = (DEFLATED, _deflate(data)) if compressed else (STORED, data)
        path = name.encode()
        day, moment = _dos_time(at)
        facts = (UTF8, method, moment, day, zlib.crc32(data), len(body), len(data), len(path))
        head = LOCAL.pack(0x04034B50, VERSION, *facts, 0) + path
        self._enter(path, facts)
        self._offset += len(head) + len(body)
        self._count += 1
        return head + body

    def close(self) -> Iterator[bytes]:
        """The directory and the end of the file."""
        with self._directory as directory:
            size = directory.tell()
            directory.seek(0)
            while piece := directory.read(PIECE):
                yield piece
        if self._count >= LARGEST_SHORT or self._offset + size >= LARGEST_LONG:
            yield self._far_end(size)
        count, start = min(self._count, LARGEST_SHORT), min(self._offset, LARGEST_LONG)
        yield END.pack(0x06054B50, 0, 0, count, count, min(size, LARGEST_LONG), start, 0)

    def discard(self) -> None:
        """Let go of the directory of a stream that was broken off."""
        self._directory.close()

    def _enter(self, path: bytes, facts: tuple[int, ...]) -> None:
        far = FAR_OFFSET.pack(1, 8, self._offset) if self._offset >= LARGEST_LONG else b""
        offset = min(self._offset, LARGEST_LONG)
        head = (0x02014B50, FROM_UNIX | VERSION, VERSION, *facts)
        entry = CENTRAL.pack(*head, len(far), 0, 0, 0, PLAIN_FILE, offset)
        self._directory.write(entry + path + far)

    def _far_end(self, size: int) -> bytes:
        count, start = self._count, self._offset
        end = END_64.pack(0x06064B50, 44, VERSION, VERSION, 0, 0, count, count, size, start)
        return end + LOCATOR_64.pack(0x07064B50, 0, start + size, 1)


def _deflate(data: bytes) -> bytes:
    squeezing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezing.compress(data) + squeezing.flush()


def _dos_time(at: datetime) -> tuple[int, int]:
    """Day and time in two numbers, to two seconds, as DOS had them."""
    year = min(max(at.year, FIRST_YEAR), LAST_YEAR) - FIRST_YEAR
    day = year << 9 | at.month << 5 | at.day
    return day, at.hour << 11 | at.minute << 5 | at.second // 2
