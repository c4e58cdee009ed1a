"""The words by which the coach knows what a still cannot show, and what says too little."""

import re

Pattern = re.Pattern[str]


def _words(*alternatives: str) -> Pattern:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen"
    r"|twenty|thirty|sixty|few|several|some|many)"
)
SPAN = r"(?:seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|shifts?|moments?|while)"

ALLOWING = _words("may", "might", "can", "could", "allowed", "does not matter", "don't matter")
"""Somebody says what may differ, which is good: nothing is asked of the picture."""

ABSENT = _words("no", "not", "never", "nothing", "nobody", "none", "without", r"\w+n't")

COUNT_OVER_TIME = _words(
    rf"(?:once|twice|{NUMBER} times) (?:an?|per|each|every|in|within) \w+",
    rf"(?:every|each) (?:{NUMBER} )?{SPAN}",
    rf"per {SPAN}",
    "repeatedly",
    "again and again",
    "at regular intervals",
)

DURATION = _words(
    rf"(?:for|within|after|during|in|longer than|shorter than|more than|less than|at least"
    rf"|at most|up to|the last|the past) (?:about |around |the last |the past )?"
    rf"(?:{NUMBER} )(?:more )?{SPAN}",
    "for a (?:long|short) (?:time|while)",
    "for (?:long|hours|days|minutes)",
    "all (?:day|night)",
    "overnight",
    "since (?:yesterday|this morning|last \\w+|\\d+)",
)

CHANGE = _words(
    "suddenly",
    "gradually",
    "slowly",
    "quickly",
    "rapidly",
    "abruptly",
    "(?:starts?|begins?) (?:to \\w+|\\w+ing)",
    "(?:stops?|keeps?) \\w+ing",
    "(?:in|de)creas(?:es?|ing)",
    "becom(?:es?|ing)",
    "chang(?:es?|ing)",
    "mov(?:es?|ing)",
    "flicker(?:s|ing)?",
    "blink(?:s|ing)?",
    "spin(?:s|ning)",
    "rotat(?:es|ing)",
    "flow(?:s|ing)",
)

SOUND = _words(
    "sounds?",
    "noises?",
    "nois(?:y|ily|eless)",
    "loud(?:ly)?",
    "silen(?:t|tly|ce)",
    "quiet(?:ly)?",
    "hum(?:s|ming)",
    "buzz(?:es|ing)?",
    "beep(?:s|ing)?",
    "hiss(?:es|ing)?",
    "rattl(?:e|es|ing)",
    "squeak(?:s|ing)?",
    "whistl(?:e|es|ing)",
    "hear[ds]?",
    "audible",
)

SMELL = _words("smell(?:s|ing|y)?", "odou?rs?", "stench", "stinks?", "scents?")

A_DISPLAY = r"(?! (?:gauge|meter|display|dial|reading|sensor|scale))"

FEELING = _words(
    f"temperatures?{A_DISPLAY}",
    f"humidity{A_DISPLAY}",
    f"pressure{A_DISPLAY}",
    "vibrat(?:es?|ing|ions?)",
    "feels? \\w+",
)

EMPTY_NEGATION = _words(
    "(?:nothing|no(?: one)?|not anything|without(?: any)?) (?:(?:is|looks|seems|of) )?"
    "(?:unusual|strange|wrong|odd|abnormal|suspicious|special|problems?|issues?|anomal(?:y|ies)"
    "|defects?|faults?|errors?|irregularit(?:y|ies)|out of (?:place|the ordinary))"
)

VAGUE = _words(
    "normal(?:ly)?",
    "(?:as )?usual(?:ly)?",
    "ok(?:ay)?",
    "fine",
    "good",
    "proper(?:ly)?",
    "correct(?:ly)?",
    "appropriate(?:ly)?",
    "reasonabl[ey]",
    "acceptabl[ey]",
    "suitabl[ey]",
    "as (?:it|they) should(?: be)?",
    "as expected",
    "in order",
    "tidy",
    "nice(?:ly)?",
    "etc",
    "and so on",
    "stuff",
)
