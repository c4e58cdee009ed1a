"""The times that a heartbeat tells, by our clock: a camera's own may show anything.

A small computer without a battery wakes up in 1970, and a wrong time zone puts it hours ahead. So a
heartbeat says what the camera's clock showed when it was sent, and the error cancels out. What is
still impossible then was dated before that clock was set, and is left out rather than shown.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cloud.kit.clock import is_in_calendar


def in_our_time(body: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """The heartbeat that came now, with its times by our clock.

    Where a picture would wait since some time to come, `oldest_at` is None. Without `sent_at`, as
    older clients have it, times count as they are.
    """
    sent_at = _read(body.get("sent_at"))
    behind = now - sent_at if sent_at else timedelta()
    oldest_at = _moved(body["spool"]["oldest_at"], behind)
    if oldest_at is not None and oldest_at > now:
        oldest_at = None
    moved = {**body, "spool": {**body["spool"], "oldest_at": _write(oldest_at)}}
    if body.get("camera"):
        since = _moved(body["camera"]["since"], behind)
        moved["camera"] = {**body["camera"], "since": _write(since)}
    return moved


def waits_since(spool: Mapping[str, Any], *, activated_at: datetime) -> datetime | None:
    """Since when the oldest picture of a kept heartbeat's spool waits to be uploaded.

    None where none waits, and where one would have been taken before the camera was activated.
    """
    oldest_at = _read(spool.get("oldest_at"))
    return oldest_at if oldest_at is not None and oldest_at >= activated_at else None


def _moved(text: str | None, by: timedelta) -> datetime | None:
    moment = _read(text)
    try:
        moved = None if moment is None else moment + by
    except OverflowError:
        return None
    return moved if moved is not None and is_in_calendar(moved) else None


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _write(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
