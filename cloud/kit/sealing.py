"""Secrets that must be read again, kept so that a copy of the database alone does not tell them.

The key is derived from `SECRET_KEY`. Most secrets are only compared and are stored as hashes; this
is for the few that have to be spoken, such as what signs a webhook.

Source: Fernet (AES-128-CBC and HMAC-SHA256) of the cryptography library; HKDF, RFC 5869.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cloud.kit.settings import Settings


class SealBroken(Exception):
    """It was sealed under another `SECRET_KEY`, or is no sealed text."""


class Seal:
    """Seals and opens short texts."""

    def __init__(self, secret_key: str) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"visant sealed texts")
        self._fernet = Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))

    def close(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError):
            raise SealBroken from None


def seal_of(settings: Settings) -> Seal:
    """The installation's seal."""
    return _seal(settings.secret_key.get_secret_value())


@lru_cache(maxsize=4)
def _seal(secret_key: str) -> Seal:
    return Seal(secret_key)
