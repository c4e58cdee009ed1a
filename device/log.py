"""Log lines for people that programs can read too: a sentence, then `name=value` facts."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Final

LOGGER: Final = logging.getLogger("visant.device")


def start_logging() -> None:
    """Write to standard error, one line each; libraries keep quiet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def info(sentence: str, **facts: object) -> None:
    LOGGER.info("%s", _line(sentence, facts))


def warn(sentence: str, **facts: object) -> None:
    LOGGER.warning("%s", _line(sentence, facts))


def place_of(error: BaseException) -> str:
    """Where it was raised, and from where that was called, as file:line; the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames))


def _line(sentence: str, facts: dict[str, object]) -> str:
    return " ".join([sentence, *(f"{name}={_fact(value)}" for name, value in facts.items())])


def _fact(value: object) -> str:
    # Answers and file names come from outside: a line break in one must not forge a line.
    text = f"{value:g}" if isinstance(value, float) else str(value)
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f'"{printable}"' if " " in printable else printable
