"""Text from outside made harmless for headers and bodies: one line, or lines, of plain words.

Control characters could end a header; direction marks could make a text read as another.
"""

import re

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_UNSEEN = re.compile(f"[{_CONTROL}{_DIRECTION}\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\r|\u2028|\u2029|\x85")
_SPACE = re.compile(r"\s+")


def clean_line(text: str, longest: int) -> str:
    """One line of at most `longest` characters, cut with an ellipsis."""
    line = _SPACE.sub(" ", _UNSEEN.sub(" ", _LINE_END.sub(" ", text))).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def clean_lines(text: str) -> str:
    """The text with plain line ends and without characters that nobody sees."""
    return _UNSEEN.sub("", _LINE_END.sub("\n", text))
