"""The documents of share links, for those who made them, and of galleries, for anyone with a link.

Times are datetimes here; they become RFC 3339 where the document is written as JSON.
"""

from datetime import datetime
from typing import Any

from cloud.sharing.models import ShareView
from cloud.sharing.shares import Share


def share_link_document(share: Share, now: datetime) -> dict[str, Any]:
    """The share link of the contract, without its token, which nobody knows."""
    link = share.link
    return {
        "id": str(link.id),
        "label": link.label,
        "device_id": link.unit_id,
        "device_name": share.device_name,
        "share_type": link.share_type,
        "record_id": str(link.capture_id) if link.capture_id else None,
        "from": link.from_at,
        "to": link.to_at,
        "states": link.states,
        "state": share.state(now),
        "created_at": link.created_at,
        "created_by": link.created_by,
        "expires_at": link.expires_at,
        "view_count": link.view_count,
        "last_viewed_at": link.last_viewed_at,
        "max_views": link.max_views,
        "has_passcode": link.passcode_hash is not None,
        "revoked_at": link.revoked_at,
    }


def view_document(view: ShareView) -> dict[str, Any]:
    return {"viewed_at": view.viewed_at, "address": view.address, "user_agent": view.user_agent}
