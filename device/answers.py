"""What the cloud's answer to an upload means for the picture in the spool. Pure decisions.

The rule: a picture leaves the spool only on an answer that could have come from nobody but a
Visant which holds it. Hotel Wi-Fi answers 200 to everything, and proxies answer 413 in HTML.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from device import wire
from device.backoff import read_retry_after

UNAUTHENTICATED: Final = 401
SERVER_ERROR: Final = 500
OVERLOADED: Final = (503, 507)
LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Accepted:
    """The cloud says that it holds the picture, and which bytes it received."""

    record_id: str
    sha256: str


@dataclass(frozen=True)
class Refused:
    """The cloud will never take this picture."""

    reason: str


@dataclass(frozen=True)
class NumberUsed:
    """The cloud has another picture under this number; this one needs another."""

    reason: str


@dataclass(frozen=True)
class TryLater:
    """Nothing is decided; the picture stays.

    `blames_picture`: the trouble may lie in this very picture, so others should go first.
    `key_rejected`: the cloud does not know our key, which only a person can mend.
    """

    reason: str
    retry_after: float | None = None
    blames_picture: bool = False
    key_rejected: bool = False


Outcome = Accepted | Refused | NumberUsed | TryLater


@dataclass(frozen=True)
class Answer:
    """An HTTP answer without the library that fetched it. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def object(self) -> dict[str, object]:
        """The body as a JSON object; empty when it is anything else."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def is_well(self) -> bool:
        """Whether it is a JSON object that does not complain."""
        return self.status in (wire.CREATED, wire.REPEATED) and bool(self.object())

    def retry_after(self, now: datetime) -> float | None:
        """The seconds that the cloud asks to wait for; None where it does not say."""
        return read_retry_after(self.headers.get(wire.RETRY_AFTER_HEADER.lower()), now)


def read_upgrade(answer: Answer) -> str | None:
    """What to do about a client that is too old, as the cloud says it; None where all is well."""
    match answer.object().get("upgrade"):
        case {"message": str(message)}:
            return message[:LONGEST_REASON]
    return None


def rejects_key(answer: Answer) -> bool:
    """Whether Visant, and not a proxy on the way, says that it does not know our key."""
    return answer.status == UNAUTHENTICATED and read_problem(answer) is not None


def in_words(answer: Answer) -> str:
    """What an answer that is not the hoped-for one says: Visant's own words, or whose it may be."""
    place = answer.headers.get("location")
    if place is not None:
        sentence = f"status {answer.status}, which leads to {place}; is the address right?"
        return sentence[:LONGEST_REASON]
    return read_problem(answer) or f"status {answer.status} without a word of Visant's"


def read_problem(answer: Answer) -> str | None:
    """Status, code and sentence of a problem as Visant tells them; None for anything else."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    said = answer.object()
    if media_type != wire.PROBLEM_MEDIA_TYPE or not isinstance(said.get("code"), str):
        return None
    return f"{answer.status} {said['code']}: {said.get('detail', '')}"[:LONGEST_REASON]


def judge_upload(answer: Answer, now: datetime) -> Outcome:
    """Decide what the answer to an upload means."""
    if answer.status in (wire.CREATED, wire.REPEATED):
        return _read_acceptance(answer)
    problem = read_problem(answer)
    if answer.status in wire.NEVER_TAKEN and problem is not None:
        used = answer.object().get("code") == wire.NUMBER_USED
        return NumberUsed(problem) if used else Refused(problem)
    return TryLater(
        reason=in_words(answer),
        retry_after=answer.retry_after(now),
        blames_picture=_blames_picture(answer.status),
        key_rejected=rejects_key(answer),
    )


def _read_acceptance(answer: Answer) -> Outcome:
    said = answer.object()
    record_id, sha256 = said.get("record_id"), said.get("sha256")
    if isinstance(record_id, str) and isinstance(sha256, str):
        return Accepted(record_id=record_id, sha256=sha256)
    return TryLater(
        f"status {answer.status}, but not Visant's answer; is a login page or a proxy in between?"
    )


def _blames_picture(status: int) -> bool:
    return status in wire.NEVER_TAKEN or (status >= SERVER_ERROR and status not in OVERLOADED)
