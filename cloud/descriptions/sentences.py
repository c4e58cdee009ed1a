"""A description as the sentences it is made of: what versions are compared and coached by."""

import re

MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s+)")
"""What Markdown puts before a heading, a list's entry or a quotation."""

BETWEEN = re.compile(r"(?<=[.!?;])\s+|(?<=[.!?;][\"')\]])\s+")


def split_sentences(text: str) -> list[str]:
    """The sentences in order: every line ends one, and so do a stop, `!`, `?` and `;` in a line.

    Markdown's marks before a line are left out; empty lines say nothing.
    """
    lines = (MARKS.sub("", line).strip() for line in text.splitlines())
    found = (sentence.strip() for line in lines for sentence in BETWEEN.split(line))
    return [sentence for sentence in found if sentence]
