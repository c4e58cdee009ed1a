"""Which passwords we take: long enough, and not easily guessed by somebody who knows the person.

The guessing is zxcvbn's (Wheeler, USENIX Security 2016), which knows leaked and common passwords,
names, dates, keyboard walks. Whether a password comes from people or not, nothing else is asked of
it: no required digits or signs (NIST SP 800-63B).
"""

import re
import threading
from collections.abc import Sequence

from zxcvbn import zxcvbn

from cloud.kit.errors import FieldError, Malformed

SHORTEST = 10
LONGEST = 128
GUESSED_CHARACTERS = 40
"""How much of a password is tried to be guessed: the cost grows with the square of its length."""

LEAST_SCORE = 3
"""Of 0 to 4: at least 10^8 guesses."""

LEAST_OF_ITS_OWN = 6
"""Characters that must be left when what everybody knows of the person is taken away."""

LEAST_KNOWN_WORD = 3
PRODUCT = "visant"

_guessing = threading.Lock()


def refuse_weak_password(password: str, *, known: Sequence[str], field: str = "password") -> None:
    """Raises Malformed `password_too_weak` with a sentence that says what would be better.

    `known` are the person's e-mail address and name. Takes up to 20 ms of a processor.
    """
    reason = _weakness(password, _words([*known, PRODUCT]))
    if reason is not None:
        raise Malformed("password_too_weak", reason, errors=(FieldError(field, reason),))


def _weakness(password: str, known_words: list[str]) -> str | None:
    if len(password) < SHORTEST:
        return f"Take at least {SHORTEST} characters. A few words are easy to remember."
    if len(password) > LONGEST:
        return f"Take at most {LONGEST} characters."
    if len(_without(password, known_words)) < LEAST_OF_ITS_OWN:
        return "This is too close to your name or address. Take a few words that nobody expects."
    if _score(password[:GUESSED_CHARACTERS], known_words) < LEAST_SCORE:
        return (
            "This password is easy to guess. Take a few words that do not belong together,"
            " or a longer one."
        )
    return None


def _words(texts: Sequence[str]) -> list[str]:
    """The texts and the words in them, the longest first."""
    found = {text.lower() for text in texts}
    found.update(word for text in texts for word in re.split(r"[\W_]+", text.lower()))
    return sorted((w for w in found if len(w) >= LEAST_KNOWN_WORD), key=len, reverse=True)


def _without(password: str, known_words: list[str]) -> str:
    rest = password.lower()
    for word in known_words:
        rest = rest.replace(word, "")
    return rest


def _score(password: str, known_words: list[str]) -> int:
    with _guessing:  # zxcvbn keeps the known words in a global dictionary
        return int(zxcvbn(password, user_inputs=known_words)["score"])
