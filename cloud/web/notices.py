"""One sentence about what was just done, on the page that follows it.

It travels to that page as a word in a short-lived cookie: in the address it would be told again at
every reload, and anybody could make a link that says it. What can be taken back is: beside the word
the cookie holds what its undo is about, and the page offers to send that to one of a few addresses.
It is sealed, and its undo is for the sign-in that did it: nobody else puts a button on a page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request, Response

from cloud.accounts.cookies import cookie_name, is_https
from cloud.kit.ids import hash_secret
from cloud.kit.sealing import SealBroken, seal_of
from cloud.kit.settings import Settings

COOKIE = "visant-notice"
LIFE_SECONDS = 30

LONGEST = 3_500
"""What a cookie may surely hold; a longer notice goes without its undo."""


class Notice(StrEnum):
    SIGNED_UP = "signed-up"
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
    TAKEN_BACK = "taken-back"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze-ended"
    SETTINGS_SAVED = "settings-saved"
    SAVED = "saved"
    PASSWORD_CHANGED_HERE = "password-changed-here"  # noqa: S105  # a word, no secret
    LOGGED_OUT_EVERYWHERE = "logged-out-everywhere"
    VERIFICATION_MAILED = "verification-mailed"
    INVITED = "invited"
    INVITATION_REVOKED = "invitation-revoked"
    ROLE_CHANGED = "role-changed"
    TAKEN_OUT = "taken-out"
    BUDGET_SET = "budget-set"
    ORGANIZATION_DELETED = "organization-deleted"
    CODE_MADE = "code-made"
    CODE_REVOKED = "code-revoked"
    UNITS_MADE = "units-made"
    SCHEDULED = "scheduled"
    SCHEDULE_REMOVED = "schedule-removed"
    SCHEDULE_RESTORED = "schedule-restored"
    MASK_REMOVED = "mask-removed"
    RELEASED = "released"
    NOTIFICATIONS_SAVED = "notifications-saved"
    INHERITED = "inherited"
    CHANNEL_ADDED = "channel-added"
    CHANNEL_ASKED = "channel-asked"
    CHANNEL_REMOVED = "channel-removed"
    CAMERA_CHANNEL_REMOVED = "camera-channel-removed"
    QUIET_REMOVED = "quiet-removed"
    CAMERA_QUIET_REMOVED = "camera-quiet-removed"
    ESCALATION_REMOVED = "escalation-removed"
    CAMERA_ESCALATION_REMOVED = "camera-escalation-removed"
    TEST_SENT = "test-sent"
    SENT_AGAIN = "sent-again"
    NOT_SENT_AGAIN = "not-sent-again"
    REVOKED = "revoked"
    FILTERS_SAVED = "filters-saved"
    FILTERS_REMOVED = "filters-removed"


SENTENCES = {
    Notice.SIGNED_UP: "Welcome. A mail to confirm your address is on its way to you.",
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
    Notice.TAKEN_BACK: "Taken back. It is as it was.",
    Notice.SNOOZED: "Snoozed. What lasts until the end is told then.",
    Notice.SNOOZE_ENDED: "The snooze is over. What lasts is told now.",
    Notice.SETTINGS_SAVED: "Saved. The camera hears of it at once, or as soon as it is back.",
    Notice.SAVED: "Saved.",
    Notice.PASSWORD_CHANGED_HERE: "Your password is changed. Everywhere else you are logged out.",
    Notice.LOGGED_OUT_EVERYWHERE: "You are logged out everywhere.",
    Notice.VERIFICATION_MAILED: "Look into your mail: the link is on its way.",
    Notice.INVITED: "Invited. A mail with a link is on its way; it works once, for a week.",
    Notice.INVITATION_REVOKED: "Taken back. Its link is dead.",
    Notice.ROLE_CHANGED: "Saved. The new role holds at once.",
    Notice.TAKEN_OUT: "Taken out, and logged out everywhere.",
    Notice.BUDGET_SET: "Saved. It counts from the next picture on.",
    Notice.ORGANIZATION_DELETED: "Deleted. Nobody has a way in any more, and all is erased now.",
    Notice.CODE_MADE: "Made. Whoever has it can redeem it when adding a camera.",
    Notice.CODE_REVOKED: "Revoked. What it gave stays given.",
    Notice.UNITS_MADE: "Made. Print these ids on the cameras.",
    Notice.SCHEDULED: "Added. The camera is asked from now on.",
    Notice.SCHEDULE_REMOVED: "Removed. The camera is not asked at these times any more.",
    Notice.SCHEDULE_RESTORED: "It is back. The camera is asked as before.",
    Notice.MASK_REMOVED: "Removed. The camera hears of it at once, or as soon as it is back.",
    Notice.RELEASED: "Released. Its key is dead, its slot is free.",
    Notice.NOTIFICATIONS_SAVED: "Saved. It counts from the next message on.",
    Notice.INHERITED: "This camera does again what the organization does.",
    Notice.CHANNEL_ADDED: "Added. Send it a test to see that messages arrive.",
    Notice.CHANNEL_REMOVED: "Removed. Nothing is sent there any more.",
    Notice.CAMERA_CHANNEL_REMOVED: "Removed. Nothing of this camera is sent there any more.",
    Notice.QUIET_REMOVED: "Removed. In these hours people are told again.",
    Notice.CAMERA_QUIET_REMOVED: "Removed. In these hours people are told of this camera again.",
    Notice.ESCALATION_REMOVED: "Removed. They are not told when nobody acts.",
    Notice.CAMERA_ESCALATION_REMOVED: "Removed. They are not told when nobody acts on this camera.",
    Notice.CHANNEL_ASKED: "Added. Whoever reads this address is asked first; until they say yes, "
    "nothing else is sent there.",
    Notice.TEST_SENT: "A test is on its way. Its answer appears beside the channel.",
    Notice.SENT_AGAIN: "It is being sent again.",
    Notice.NOT_SENT_AGAIN: "Not sent: it is on its way already, or nothing may be sent there.",
    Notice.FILTERS_SAVED: "Saved, for all your cameras and browsers.",
    Notice.FILTERS_REMOVED: "Removed. The captures that it showed are all there.",
    Notice.REVOKED: "Revoked. Nobody sees anything by that link any more.",
}


UNDO_ADDRESSES = {
    Notice.ACKNOWLEDGED: "/ui/incidents/{incident}/acknowledge/undo",
    Notice.RESOLVED: "/ui/incidents/{incident}/resolve/undo",
    Notice.SNOOZED: "/ui/cameras/{camera}/snooze/end",
    Notice.SNOOZE_ENDED: "/ui/cameras/{camera}/snooze",
    Notice.PAUSED: "/ui/devices/{camera}/status",
    Notice.RESUMED: "/ui/devices/{camera}/status",
    Notice.ROLE_CHANGED: "/ui/settings/members/{member}/role",
    Notice.SCHEDULE_REMOVED: "/ui/devices/{camera}/settings/schedules/restore",
    Notice.MASK_REMOVED: "/ui/devices/{camera}/settings/privacy",
    Notice.CALLED_NORMAL: "/ui/cameras/{camera}/normal/undo",
    Notice.CHANNEL_REMOVED: "/ui/notifications/channels/{channel}/restore",
    Notice.CAMERA_CHANNEL_REMOVED: "/ui/devices/{camera}/settings/notifications"
    "/channels/{channel}/restore",
    Notice.QUIET_REMOVED: "/ui/notifications/quiet-hours",
    Notice.FILTERS_SAVED: "/ui/saved-filters/remove",
    Notice.FILTERS_REMOVED: "/ui/saved-filters",
    Notice.CAMERA_QUIET_REMOVED: "/ui/devices/{camera}/settings/notifications/quiet-hours",
    Notice.ESCALATION_REMOVED: "/ui/notifications/escalation/{channel}/restore",
    Notice.CAMERA_ESCALATION_REMOVED: "/ui/devices/{camera}/settings/notifications"
    "/escalation/{channel}/restore",
}
"""Where what was just done is taken back, by an operation that is there for everybody."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Undo:
    """A form that takes back what was done."""

    address: str
    fields: Fields


@dataclass(frozen=True)
class Said:
    """A notice as a page shows it; with an undo where there is a way back."""

    sentence: str
    undo: Undo | None = None


def leave_notice(
    request: Request,
    response: Response,
    settings: Settings,
    notice: Notice,
    undo: Iterable[tuple[str, str]] = (),
) -> None:
    """Have the next page say it, and offer to take it back.

    `undo` names what stands in the notice's address, and the fields to send there.
    """
    seal, told = seal_of(settings), (notice, _sign_in(request, settings))
    sealed = seal.close(urlencode([told, *undo]))
    if len(sealed) > LONGEST:
        sealed = seal.close(urlencode([told]))
    response.set_cookie(
        cookie_name(settings, COOKIE),
        sealed,
        max_age=LIFE_SECONDS,
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def find_notice(request: Request, settings: Settings) -> Said | None:
    """What was left for this page to say, if anything was."""
    sealed = request.cookies.get(cookie_name(settings, COOKIE), "")
    try:
        (word, sign_in), *told = parse_qsl(seal_of(settings).open(sealed))
        notice = Notice(word)
    except (SealBroken, ValueError):
        return None
    undo = _undo_of(notice, told) if sign_in == _sign_in(request, settings) else None
    return Said(SENTENCES[notice], undo)


def drop_notice(response: Response, settings: Settings) -> None:
    """It was said."""
    response.delete_cookie(
        cookie_name(settings, COOKIE), secure=is_https(settings), httponly=True, samesite="lax"
    )


def _sign_in(request: Request, settings: Settings) -> str:
    """Stands for the browser's sign-in in what its next page reads."""
    return hash_secret(request.cookies.get(cookie_name(settings), "")).hex()


def _undo_of(notice: Notice, told: list[tuple[str, str]]) -> Undo | None:
    address = UNDO_ADDRESSES.get(notice)
    if address is None or not told:
        return None
    places = {name for _, name, _, _ in Formatter().parse(address) if name}
    values = {name: quote(value, safe="") for name, value in told if name in places}
    if values.keys() != places:
        return None
    return Undo(address.format(**values), tuple(one for one in told if one[0] not in places))
