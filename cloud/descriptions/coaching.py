"""Coaching whoever writes a description: what one still picture cannot show, and what says nothing.

Pure rules over English words; a text in another language gets few hints or none. They advise and
never refuse: the replay is what tells how good a wording is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloud.descriptions.coaching_words import (
    ABSENT,
    ALLOWING,
    CHANGE,
    COUNT_OVER_TIME,
    DURATION,
    EMPTY_NEGATION,
    FEELING,
    SMELL,
    SOUND,
    VAGUE,
    Pattern,
)
from cloud.descriptions.contradicting import find_contradictions
from cloud.descriptions.sentences import split_sentences

MOST_HINTS = 30
FEWEST_WORDS = 5


class HintCode(StrEnum):
    DURATION = "duration"
    COUNT_OVER_TIME = "count_over_time"
    CHANGE = "change"
    SOUND = "sound"
    SMELL = "smell"
    FEELING = "feeling"
    EMPTY_NEGATION = "empty_negation"
    VAGUE = "vague"
    CONTRADICTION = "contradiction"
    ONLY_ABSENCE = "only_absence"
    TOO_SHORT = "too_short"


@dataclass(frozen=True)
class Hint:
    """One piece of advice about `words`, which stand in the sentence `quote`."""

    code: HintCode
    quote: str
    words: str
    advice: str


@dataclass(frozen=True)
class Rule:
    """What to say of a sentence in which the pattern is found.

    A sentence that allows something ("shadows may move") asks nothing of the picture; rules that
    are about what is asked pass over it.
    """

    code: HintCode
    pattern: Pattern
    advice: str
    passes_over_allowing: bool = True


RULES = (
    Rule(
        HintCode.COUNT_OVER_TIME,
        COUNT_OVER_TIME,
        "One picture is judged at a time: it cannot count over time. Say what a single picture"
        " shows when all is well.",
    ),
    Rule(
        HintCode.DURATION,
        DURATION,
        "One picture cannot show how long something lasts. Say how it looks at any moment.",
    ),
    Rule(
        HintCode.CHANGE,
        CHANGE,
        "A still shows no movement or change. Say where things are, not what they do.",
    ),
    Rule(HintCode.SOUND, SOUND, "A picture has no sound. Say what can be seen instead.", False),
    Rule(HintCode.SMELL, SMELL, "A picture has no smell. Say what can be seen instead.", False),
    Rule(
        HintCode.FEELING,
        FEELING,
        "This cannot be seen, unless a display shows it: then name the display.",
    ),
    Rule(
        HintCode.EMPTY_NEGATION,
        EMPTY_NEGATION,
        "This leaves open what would be wrong. Name what must be there, and what must not.",
        False,
    ),
    Rule(
        HintCode.VAGUE,
        VAGUE,
        "Who reads this without knowing the place cannot tell what it means. Say what is seen.",
    ),
)


def find_hints(text: str) -> list[Hint]:
    """The advice on a description, in the order of its sentences, then on the whole."""
    sentences = split_sentences(text)
    hints = [hint for sentence in sentences for hint in _of_sentence(sentence)]
    hints += [_contradiction(one, other) for one, other in find_contradictions(sentences)]
    return [*hints[:MOST_HINTS], *_of_whole(sentences)]


def _of_sentence(sentence: str) -> Iterator[Hint]:
    allowing = ALLOWING.search(sentence) is not None
    taken: list[tuple[int, int]] = []
    for rule in RULES:
        if allowing and rule.passes_over_allowing:
            continue
        found = rule.pattern.search(sentence)
        if found and not any(start < found.end() and found.start() < end for start, end in taken):
            taken.append(found.span())
            yield Hint(rule.code, sentence, found[0], rule.advice)


def _contradiction(one: str, other: str) -> Hint:
    advice = f"It contradicts “{other}”. Keep what is true, or say when each is."
    return Hint(HintCode.CONTRADICTION, one, one, advice)


def _of_whole(sentences: Sequence[str]) -> Iterator[Hint]:
    whole = " ".join(sentences)
    if not whole:
        return
    if len(whole.split()) < FEWEST_WORDS:
        advice = "Say what is in the picture when all is well: which things, how many, and where."
        yield Hint(HintCode.TOO_SHORT, whole, whole, advice)
    elif all(ABSENT.search(sentence) for sentence in sentences):
        advice = "This only says what is absent. Say also what is there when all is well."
        yield Hint(HintCode.ONLY_ABSENCE, sentences[0], sentences[0], advice)
