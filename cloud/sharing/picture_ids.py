"""The ids of captures inside a link: they say nothing of ours, and are good in that link only.

The id of a capture is 128 bits, and so is a block of AES: the disguise is that one block under a
key made of the link's token. Another link's id becomes some id that nothing has.

Source: AES-128, FIPS 197, as a pseudorandom permutation of single blocks.
"""

import base64
import binascii
import hashlib
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_BYTES = 16
BLOCK_BYTES = 16


def disguise(token: str, record_id: UUID) -> str:
    """The id that the outside knows: 22 URL-safe characters."""
    encryptor = _cipher(token).encryptor()
    block = encryptor.update(record_id.bytes) + encryptor.finalize()
    return base64.urlsafe_b64encode(block).rstrip(b"=").decode()


def reveal(token: str, picture_id: str) -> UUID | None:
    """The capture's own id; None for what has not the form of an id."""
    try:
        block = base64.b64decode(picture_id + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(block) != BLOCK_BYTES:
        return None
    decryptor = _cipher(token).decryptor()
    return UUID(bytes=decryptor.update(block) + decryptor.finalize())


def _cipher(token: str) -> Cipher[ECB]:
    key = hashlib.sha256(b"visant picture ids " + token.encode()).digest()[:KEY_BYTES]
    return Cipher(AES(key), ECB())  # noqa: S305  # one block, so no pattern of blocks can show
