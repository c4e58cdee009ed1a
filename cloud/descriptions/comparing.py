"""What has changed from one version of a description to another, sentence by sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from cloud.descriptions.sentences import split_sentences

MOST_COMPARED = 1000
"""Sentences on a side. Beyond them, comparing could take seconds, and nobody would read it."""


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """One sentence, and what became of it."""

    change: Change
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """Every sentence of both texts in reading order; what was replaced before what replaced it.

    The longest common stretches stay (Ratcliff and Obershelp, by `difflib`). Processor-bound.
    """
    old, new = split_sentences(before), split_sentences(after)
    if max(len(old), len(new)) > MOST_COMPARED:
        return [*_pieces(Change.REMOVED, old), *_pieces(Change.ADDED, new)]
    return list(_match(old, new))


def _match(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield from _pieces(Change.SAME, new[new_start:new_end])
        else:
            yield from _pieces(Change.REMOVED, old[old_start:old_end])
            yield from _pieces(Change.ADDED, new[new_start:new_end])


def _pieces(change: Change, sentences: Sequence[str]) -> Iterator[Piece]:
    return (Piece(change, sentence) for sentence in sentences)
