"""How a state looks: its colour (a CSS class), its icon and its word, always the three together.

The rule that matters most is here: a camera is green only when it is really watching and its
latest capture was judged normal. Everything else looks like what it is.

Captures and devices come as the documents that the API answers with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud.watch.truth import WatchReason


@dataclass(frozen=True)
class Look:
    """`name` is the CSS class (`is-normal`), `icon` the symbol in icons.svg, `word` for people."""

    name: str
    icon: str
    word: str


NORMAL = Look("normal", "check", "Normal")
ABNORMAL = Look("abnormal", "alert", "Abnormal")
UNCERTAIN = Look("uncertain", "question", "Uncertain")
FAILED = Look("failed", "broken", "Not judged")
PENDING = Look("pending", "clock", "Being judged")
LEARNING = Look("learning", "book", "Learning")
DEGRADED = Look("degraded", "wave", "Degraded")
NOT_WATCHING = Look("not-watching", "eye-off", "Not watching")
PAUSED = Look("paused", "pause", "Paused")

VERDICTS = {"normal": NORMAL, "abnormal": ABNORMAL, "uncertain": UNCERTAIN}
SHOWN = {**VERDICTS, "failed": FAILED, "pending": PENDING}
INCIDENTS = {
    "open": Look("abnormal", "alert", "Open"),
    "acknowledged": Look("uncertain", "hand", "Acknowledged"),
    "resolved": Look("resolved", "check", "Resolved"),
}
DISPOSITIONS = {
    "normal": Look("normal", "check", "Normal"),
    "abnormal": Look("abnormal", "alert", "Abnormal"),
    "unclear": Look("uncertain", "question", "Unclear"),
}
DELIVERIES = {
    "pending": Look("pending", "clock", "Waiting"),
    "sent": Look("normal", "check", "Sent"),
    "failed": Look("abnormal", "alert", "Failed"),
    "withdrawn": Look("resolved", "check", "Not needed"),
}
CLASSIFIERS = {
    "baseline": "Baseline",
    "openai": "OpenAI",
    "gemini": "Gemini",
    "nim": "NVIDIA NIM",
    "compatible": "A model of your own",
}
"""What people call those who judge."""

SHARES = {
    "active": Look("normal", "share", "Active"),
    "used_up": Look("resolved", "eye", "Used up"),
    "expired": Look("resolved", "clock", "Expired"),
    "ended": Look("resolved", "broken", "Ended"),
    "revoked": Look("resolved", "close", "Revoked"),
}
ATTENTION = ("abnormal", "not-watching", "failed", "uncertain", "degraded", "learning", "pending")


def look_of_capture(capture: Mapping[str, Any]) -> Look:
    """A verdict's own look; without a verdict, waiting or failed, never normal."""
    status, state = capture["evaluation_status"], capture["state"]
    if status == "completed" and state is not None:
        return VERDICTS[state]
    if status in {"pending", "processing"}:
        return PENDING
    return FAILED


def look_of_shown(state: str) -> Look:
    """Of what captures can be filtered by: a verdict's state, `failed` or `pending`."""
    return SHOWN[state]


def look_of_camera(device: Mapping[str, Any], *, learning: bool = False) -> Look:
    """What a camera's card shows.

    An abnormal verdict stays red even when the camera has since gone silent: nobody has seen that
    it is over. A camera that is not watching is never green.
    """
    if device["status"] == "paused":
        return PAUSED
    latest, watching = device["latest_capture"], device["watching"]["state"]
    if latest is not None and look_of_capture(latest) is ABNORMAL:
        return ABNORMAL
    if watching == "not_watching" or latest is None:
        return NOT_WATCHING
    if learning:
        return LEARNING
    seen = look_of_capture(latest)
    if watching != "watching" and seen in (NORMAL, PENDING):
        return DEGRADED
    return seen


def is_stale(device: Mapping[str, Any], now: datetime) -> bool:
    """Whether its latest picture must not pass for what is there now."""
    fresh_until = device["fresh_until"]
    is_unwatched = device["watching"]["state"] == "not_watching"
    return fresh_until is not None and (is_unwatched or now > fresh_until)


def say_watching(watching: Mapping[str, Any]) -> str:
    """Why a camera is or is not watched, and the next step.

    For how long it has been silent is left out: its picture says when it was taken, by a clock that
    goes on, and two clocks would differ.
    """
    reason: str = watching["reason"]
    if watching["code"] != WatchReason.SILENT:
        return reason
    return f"No new picture arrives. {reason.partition('. ')[2]}"


def rank_of_attention(look: Look) -> int:
    """Where a camera stands on the page: 0 first. What needs nobody comes last."""
    return ATTENTION.index(look.name) if look.name in ATTENTION else len(ATTENTION)


def look_of_incident(state: str) -> Look:
    return INCIDENTS[state]


def look_of_disposition(verdict: str) -> Look:
    return DISPOSITIONS[verdict]


def look_of_delivery(status: str) -> Look:
    return DELIVERIES[status]


def look_of_share(state: str) -> Look:
    return SHARES[state]


def look_of_verdict(state: str) -> Look:
    """The look of one classifier's answer."""
    return VERDICTS[state]
