"""What each kind of incident is called in messages and in its timeline, when it opens and ends."""

from dataclasses import dataclass

from cloud.alerts.models import IncidentKind


@dataclass(frozen=True)
class Wording:
    """The words of one kind. What follows the camera's name starts in small letters."""

    opened: str
    """`Bench camera …`, the heading of the first message."""
    opened_state: str
    opened_subject: str
    opened_step: str | None
    """What to do now; None where the picture's reason says it."""
    recovered: str
    recovered_state: str
    recovered_subject: str
    ended: str
    """The sentence of its end in the timeline."""


ABNORMAL = Wording(
    opened="is not as it should be",
    opened_state="▲ Abnormal",
    opened_subject="abnormal",
    opened_step=None,
    recovered="is back to normal",
    recovered_state="✓ Normal",
    recovered_subject="back to normal",
    ended="It went back to normal.",
)

OFFLINE = Wording(
    opened="is not being watched: no pictures arrive",
    opened_state="◌ Camera offline",
    opened_subject="camera offline",
    opened_step="Is the camera plugged in, and does its network work?",
    recovered="is being watched again",
    recovered_state="✓ Watching",
    recovered_subject="watching again",
    ended="The camera is watching again.",
)

AI_FAILING = Wording(
    opened="is not being watched: its pictures cannot be judged",
    opened_state="◌ Judging fails",
    opened_subject="judging fails",
    opened_step="The models give no answer. Pictures are kept; look at the key and the provider.",
    recovered="is being watched again",
    recovered_state="✓ Watching",
    recovered_subject="watching again",
    ended="Its pictures are judged again.",
)

SCENE_UNUSABLE = Wording(
    opened="is not being watched: its pictures cannot be used",
    opened_state="◌ Scene cannot be seen",
    opened_subject="its pictures cannot be used",
    opened_step=(
        "They are dark, white, blurred, covered, frozen, or of another view."
        " Look at the camera; its page says which."
    ),
    recovered="is being watched again",
    recovered_state="✓ Watching",
    recovered_subject="watching again",
    ended="Its pictures can be judged again.",
)

BUDGET = Wording(
    opened="is not being watched: this month's budget is used up",
    opened_state="◌ Budget used up",
    opened_subject="budget used up",
    opened_step="Pictures are kept but not judged. An administrator can raise the budget.",
    recovered="is being watched again",
    recovered_state="✓ Watching",
    recovered_subject="watching again",
    ended="Its pictures are judged again.",
)

WORDINGS = {
    IncidentKind.BUDGET: BUDGET,
    IncidentKind.OFFLINE: OFFLINE,
    IncidentKind.AI_FAILING: AI_FAILING,
    IncidentKind.SCENE_UNUSABLE: SCENE_UNUSABLE,
}


def wording_of(kind: str) -> Wording:
    """The words of a kind; those of a picture that is not as it should be for all others."""
    return WORDINGS.get(IncidentKind(kind), ABNORMAL)
