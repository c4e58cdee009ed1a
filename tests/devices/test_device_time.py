"""What a heartbeat's times mean where the camera's clock is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.devices.device_time import in_our_time, waits_since

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACTIVATED = NOW - timedelta(days=30)
MINUTE = timedelta(minutes=1)


def body(oldest_at: datetime | None, sent_at: datetime | None, **more: Any) -> dict[str, Any]:
    spool = {"waiting": 2, "oldest_at": oldest_at.isoformat() if oldest_at else None, "dropped": 0}
    return {"spool": spool, "sent_at": sent_at.isoformat() if sent_at else None, **more}


def oldest(said: dict[str, Any]) -> datetime | None:
    kept = in_our_time(said, now=NOW)
    return waits_since(kept["spool"], activated_at=ACTIVATED)


@pytest.mark.parametrize(
    "clock", [NOW, NOW + 3 * timedelta(days=365), NOW - timedelta(hours=5), NOW.replace(year=1970)]
)
def test_what_waits_has_waited_for_as_long_as_the_cameras_own_clock_says(clock: datetime) -> None:
    assert oldest(body(clock - 7 * MINUTE, clock)) == NOW - 7 * MINUTE


@pytest.mark.parametrize(
    ("oldest_at", "sent_at"),
    [
        (NOW.replace(year=1970), NOW),
        (NOW + MINUTE, NOW),
        (NOW + MINUTE, None),
        (ACTIVATED - MINUTE, None),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
        (None, NOW),
    ],
)
def test_of_what_cannot_be_nothing_is_said(
    oldest_at: datetime | None, sent_at: datetime | None
) -> None:
    assert oldest(body(oldest_at, sent_at)) is None


def test_an_older_client_is_believed_where_what_it_says_can_be() -> None:
    assert oldest(body(NOW - 7 * MINUTE, None)) == NOW - 7 * MINUTE


def test_since_when_the_camera_is_as_it_is_is_moved_too() -> None:
    clock = NOW.replace(year=1970)
    said = body(None, clock, camera={"state": "black", "since": (clock - MINUTE).isoformat()})
    moved = in_our_time(said, now=NOW)
    assert moved["camera"] == {"state": "black", "since": (NOW - MINUTE).isoformat()}
