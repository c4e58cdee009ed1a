"""Ids and secrets: time-ordered ids for rows, 256 random bits for secrets, hashes to keep."""

import hashlib
import secrets
import time
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then random; new rows land together."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def new_secret(prefix: str = "") -> str:
    """A secret of 256 random bits, URL-safe, with a prefix that scanners can find (`vdk_`)."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is stored of a random secret: SHA-256 suffices where guessing 256 bits is hopeless."""
    return hashlib.sha256(secret.encode()).digest()


def new_code(groups: int, group_length: int = 4) -> str:
    """A random code for people to type, in Crockford's base32 (no I, L, O, U): `7K3M-9QXT-…`.

    Five bits a letter: four groups of four are 80 bits.
    """
    letters = [
        "".join(secrets.choice(CROCKFORD) for _ in range(group_length)) for _ in range(groups)
    ]
    return "-".join(letters)


def normalize_code(text: str) -> str:
    """A typed code as it was printed: upper case, look-alike letters read as digits (Crockford)."""
    return text.strip().upper().replace("O", "0").replace("I", "1").replace("L", "1")
