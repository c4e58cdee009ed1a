"""A share link with what its state depends on: living, or ended in one of four ways."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloud.captures.queries import CaptureFilters
from cloud.kit.errors import Gone
from cloud.sharing.models import ShareLink, ShareType


class ShareState(StrEnum):
    ACTIVE = "active"
    USED_UP = "used_up"
    """Viewed as often as it may be. Visits that have begun go on."""
    EXPIRED = "expired"
    ENDED = "ended"
    """What it showed is gone: its camera was released, or its capture deleted."""
    REVOKED = "revoked"


STANDING = frozenset({ShareState.ACTIVE, ShareState.USED_UP})
"""In these a visit that has begun goes on."""


@dataclass(frozen=True)
class Share:
    """A link and the camera that it is to. `shows_something` is whether that is still there."""

    link: ShareLink
    device_name: str
    shows_something: bool

    def state(self, now: datetime) -> ShareState:
        link = self.link
        if link.revoked_at is not None:
            return ShareState.REVOKED
        if not self.shows_something:
            return ShareState.ENDED
        if link.expires_at <= now:
            return ShareState.EXPIRED
        if link.max_views is not None and link.view_count >= link.max_views:
            return ShareState.USED_UP
        return ShareState.ACTIVE

    @property
    def is_open_to_all(self) -> bool:
        """Whether nothing but the link itself is asked of whoever looks."""
        return self.link.passcode_hash is None and self.link.max_views is None

    @property
    def filters(self) -> CaptureFilters:
        """The captures that it shows: these and no others."""
        link = self.link
        return CaptureFilters(
            record_id=link.capture_id,
            device_id=link.device_id,
            states=tuple(link.states),
            from_=link.from_at,
            to=link.to_at,
        )

    def is_live(self, now: datetime) -> bool:
        """Whether captures to come may be among what it shows."""
        link = self.link
        if link.share_type == ShareType.DATE_RANGE and link.to_at is not None:
            return link.to_at > now
        return link.share_type == ShareType.DEVICE


def share_gone() -> Gone:
    """However it ended: whoever holds it need not know why."""
    return Gone(
        "share_link_gone",
        "This link has expired or was taken back. Ask whoever sent it for a new one.",
    )
