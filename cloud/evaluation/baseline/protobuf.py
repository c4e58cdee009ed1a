"""Just enough of the protobuf wire format to write a message.

A message is a run of fields, each with its number; a field is an integer or a length and bytes
(protobuf.dev/programming-guides/encoding).
"""

from typing import Final

VARINT: Final = 0
LENGTH_PREFIXED: Final = 2
LOW_BITS: Final = 0x7F
MORE: Final = 0x80


def write_integer(number: int, value: int) -> bytes:
    """Write field `number` holding a non-negative integer."""
    return _varint(number << 3 | VARINT) + _varint(value)


def write_bytes(number: int, value: bytes | str) -> bytes:
    """Write field `number` holding bytes, a text, or a whole message."""
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | LENGTH_PREFIXED) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    groups = bytearray()
    while value > LOW_BITS:
        groups.append(value & LOW_BITS | MORE)
        value >>= 7
    return bytes(groups + bytes([value]))
