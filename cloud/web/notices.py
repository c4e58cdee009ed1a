"""One sentence about what was just done, on the page that follows it.

It travels to that page as a word in a short-lived cookie: in the address it would be told again at
every reload, and anybody could make a link that says it.
"""

from enum import StrEnum

from fastapi import Request, Response

COOKIE = "visant_notice"
LIFE_SECONDS = 30


class Notice(StrEnum):
    LOGGED_OUT = "logged-out"
    SIGNED_IN_ALREADY = "signed-in-already"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  # a word, no secret
    DESCRIBED = "described"
    DRAFT_KEPT = "draft-kept"
    TEMPLATE_KEPT = "template-kept"
    REPLAY_STOPPED = "replay-stopped"
    CALLED_NORMAL = "called-normal"
    NOTHING_TICKED = "nothing-ticked"
    JUDGED_AGAIN = "judged-again"
    PAUSED = "paused"
    RESUMED = "resumed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze-ended"
    SETTINGS_SAVED = "settings-saved"
    SAVED = "saved"
    PASSWORD_CHANGED_HERE = "password-changed-here"  # noqa: S105  # a word, no secret
    LOGGED_OUT_EVERYWHERE = "logged-out-everywhere"
    VERIFICATION_MAILED = "verification-mailed"
    INVITED = "invited"
    INVITATION_REVOKED = "invitation-revoked"
    TAKEN_OUT = "taken-out"
    BUDGET_SET = "budget-set"
    ORGANIZATION_DELETED = "organization-deleted"
    CODE_MADE = "code-made"
    CODE_REVOKED = "code-revoked"
    UNITS_MADE = "units-made"
    SCHEDULED = "scheduled"
    RELEASED = "released"
    NOTIFICATIONS_SAVED = "notifications-saved"
    INHERITED = "inherited"
    CHANNEL_ADDED = "channel-added"
    CHANNEL_ASKED = "channel-asked"
    TEST_SENT = "test-sent"
    SENT_AGAIN = "sent-again"
    NOT_SENT_AGAIN = "not-sent-again"
    REVOKED = "revoked"


SENTENCES = {
    Notice.LOGGED_OUT: "You are logged out.",
    Notice.SIGNED_IN_ALREADY: "You are logged in, so the invitation was not used. Log out first.",
    Notice.PASSWORD_CHANGED: "Your password is changed. Log in with the new one.",
    Notice.DESCRIBED: "Saved. It counts from the next capture.",
    Notice.DRAFT_KEPT: "Saved as a draft. Try it on the past before you put it in force.",
    Notice.TEMPLATE_KEPT: "Kept. Any camera’s description can start from it.",
    Notice.REPLAY_STOPPED: "Stopped. No further picture is judged.",
    Notice.CALLED_NORMAL: "Thank you. New captures are compared with these.",
    Notice.NOTHING_TICKED: "No picture was ticked, so nothing has changed.",
    Notice.JUDGED_AGAIN: "It is being judged again.",
    Notice.PAUSED: "Paused. Nothing is watched there until you resume it.",
    Notice.RESUMED: "Resumed.",
    Notice.ACKNOWLEDGED: "Acknowledged: the others see that you look after it.",
    Notice.RESOLVED: "Resolved.",
    Notice.SNOOZED: "Snoozed. What lasts until the end is told then.",
    Notice.SNOOZE_ENDED: "The snooze is over. What lasts is told now.",
    Notice.SETTINGS_SAVED: "Saved. The camera hears of it at once, or as soon as it is back.",
    Notice.SAVED: "Saved.",
    Notice.PASSWORD_CHANGED_HERE: "Your password is changed. Everywhere else you are logged out.",
    Notice.LOGGED_OUT_EVERYWHERE: "You are logged out everywhere.",
    Notice.VERIFICATION_MAILED: "Look into your mail: the link is on its way.",
    Notice.INVITED: "Invited. A mail with a link is on its way; it works once, for a week.",
    Notice.INVITATION_REVOKED: "Taken back. Its link is dead.",
    Notice.TAKEN_OUT: "Taken out, and logged out everywhere.",
    Notice.BUDGET_SET: "Saved. It counts from the next picture on.",
    Notice.ORGANIZATION_DELETED: "Deleted. Nobody has a way in any more, and all is erased now.",
    Notice.CODE_MADE: "Made. Whoever has it can redeem it when adding a camera.",
    Notice.CODE_REVOKED: "Revoked. What it gave stays given.",
    Notice.UNITS_MADE: "Made. Print these ids on the cameras.",
    Notice.SCHEDULED: "Added. The camera is asked from now on.",
    Notice.RELEASED: "Released. Its key is dead, its slot is free.",
    Notice.NOTIFICATIONS_SAVED: "Saved. It counts from the next message on.",
    Notice.INHERITED: "This camera does again what the organization does.",
    Notice.CHANNEL_ADDED: "Added. Send it a test to see that messages arrive.",
    Notice.CHANNEL_ASKED: "Added. Whoever reads this address is asked first; until they say yes, "
    "nothing else is sent there.",
    Notice.TEST_SENT: "A test is on its way. Its answer appears beside the channel.",
    Notice.SENT_AGAIN: "It is being sent again.",
    Notice.NOT_SENT_AGAIN: "Not sent: it is on its way already, or nothing may be sent there.",
    Notice.REVOKED: "Revoked. Nobody sees anything by that link any more.",
}


def leave_notice(response: Response, notice: Notice) -> None:
    """Have the next page say it."""
    response.set_cookie(COOKIE, notice, max_age=LIFE_SECONDS, httponly=True, samesite="lax")


def find_notice(request: Request) -> str | None:
    """The sentence left for this page, if one was."""
    word = request.cookies.get(COOKIE, "")
    return SENTENCES.get(Notice(word)) if word in set(Notice) else None


def drop_notice(response: Response) -> None:
    """It was said."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
