"""Finding sentences of a description that cannot both be true of one picture.

Only two forms are taken for contradictions, so that a warning means something: the same sentence
with another number in it, and the same thing said to be in opposite states.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from cloud.descriptions.coaching_words import ALLOWING

MOST_COMPARED = 200
"""Sentences; each is compared with each."""

COUNTS = {
    word: count
    for count, word in enumerate(
        [
            "no",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
COUNT = re.compile(rf"\b(?:\d+|{'|'.join(COUNTS)})\b")

OPPOSITES = (
    ("on", "off"),
    ("open", "closed"),
    ("open", "shut"),
    ("empty", "full"),
    ("lit", "dark"),
    ("lit", "unlit"),
    ("locked", "unlocked"),
    ("clean", "dirty"),
    ("dry", "wet"),
    ("covered", "uncovered"),
    ("visible", "hidden"),
    ("present", "absent"),
    ("occupied", "free"),
    ("connected", "disconnected"),
)
STATES = frozenset(state for pair in OPPOSITES for state in pair)
OPPOSED = frozenset(pair for one, other in OPPOSITES for pair in ((one, other), (other, one)))

CONDITIONAL = re.compile(
    r"\b(?:or|if|when|while|unless|until|either|during|at (?:night|noon|day)|by day|sometimes"
    r"|before|after|except)\b"
)
"""What is only so at times contradicts nothing."""

CLAIM = re.compile(
    r"^(?:the |an? |all |every |each |both )?(?P<thing>[\w' -]+?) "
    r"(?:is|are|must be|should be|stays?|remains?) "
    r"(?:(?:always|fully|completely|entirely) )?(?P<negation>not |never )?(?P<state>\w+)"
)


@dataclass(frozen=True)
class Claim:
    """A thing said to be, or not to be, in a state."""

    thing: str
    state: str
    holds: bool

    def opposes(self, other: "Claim") -> bool:
        if self.thing != other.thing:
            return False
        if self.state == other.state:
            return self.holds != other.holds
        return self.holds and other.holds and (self.state, other.state) in OPPOSED


@dataclass(frozen=True)
class _Reading:
    """What is compared of one sentence."""

    sentence: str
    counts: tuple[int, ...]
    without_counts: str
    claim: Claim | None

    def contradicts(self, other: "_Reading") -> bool:
        if self.counts and self.without_counts == other.without_counts:
            return self.counts != other.counts
        return (
            self.claim is not None and other.claim is not None and self.claim.opposes(other.claim)
        )


def find_contradictions(sentences: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of sentences that contradict each other, the later one first."""
    readings = [_read(one) for one in sentences[:MOST_COMPARED] if _is_plain(one)]
    for earlier, later in combinations(readings, 2):
        if later.contradicts(earlier):
            yield later.sentence, earlier.sentence


def _is_plain(sentence: str) -> bool:
    return not (CONDITIONAL.search(sentence.lower()) or ALLOWING.search(sentence))


def _read(sentence: str) -> _Reading:
    plain = sentence.lower().rstrip(".!?; ")
    counts = tuple(
        COUNTS.get(word, -1) if word in COUNTS else int(word[:9]) for word in COUNT.findall(plain)
    )
    return _Reading(sentence, counts, COUNT.sub("#", plain), _claim(plain))


def _claim(plain: str) -> Claim | None:
    found = CLAIM.match(plain)
    if found is None or found["state"] not in STATES:
        return None
    return Claim(found["thing"], found["state"], found["negation"] is None)
