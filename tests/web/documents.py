"""Documents as the rooms below hand them to a page: whole, and plain."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cloud.sharing.models import ShareLink, ShareType
from cloud.sharing.shares import Share
from cloud.watch.error_rates import ErrorRates, Rate
from cloud.web.rendering import Frame

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def frame(**changes: Any) -> Frame:
    values: dict[str, Any] = {
        "now": NOW,
        "path": "/ui",
        "version": "0.1.0",
        "user": user(),
        "organization": SimpleNamespace(name="Bright Bakery"),
    }
    return Frame(**{**values, **changes})


def user(**changes: Any) -> Any:
    values = {"email": "m@bakery.example", "name": None, "role": "owner"}
    return SimpleNamespace(**{**values, "is_platform_admin": False, **changes})


def capture(**changes: Any) -> dict[str, Any]:
    return {
        "record_id": "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55",
        "device_id": "VS-1",
        "captured_at": NOW - timedelta(seconds=41),
        "received_at": NOW - timedelta(seconds=40),
        "evaluated_at": NOW - timedelta(seconds=38),
        "evaluation_status": "completed",
        "state": "normal",
        "score": 0.93,
        "reason": "All is in its place.",
        "evidence": None,
        "agents": [],
        "reused_from": None,
        "description_version": 1,
        "failure": None,
        "trigger_label": None,
        "width": 640,
        "height": 480,
        "bytes": 84_211,
        "image_stored": True,
        "privacy": None,
        "disposition": None,
        "metadata": {},
    } | changes


def device(**changes: Any) -> dict[str, Any]:
    return {
        "device_id": "VS-1",
        "friendly_name": "Tool wall",
        "status": "active",
        "snoozed_until": None,
        "is_online": True,
        "watching": {
            "state": "watching",
            "code": "judged",
            "reason": "",
            "since": NOW - timedelta(hours=1),
        },
        "activated_at": NOW - timedelta(days=1),
        "last_seen_at": NOW,
        "last_ip": "192.0.2.7",
        "device_version": "1.2",
        "upgrade": None,
        "heartbeat": {
            "uptime_seconds": 60.0,
            "temperature_c": 51.5,
            "disk_free_bytes": 24_000_000_000,
            "spool_waiting": 2,
            "spool_oldest_at": NOW - timedelta(minutes=5),
            "spool_dropped": 0,
            "output_on": None,
            "camera_trouble": None,
        },
        "latest_capture": capture(),
        "fresh_until": NOW + timedelta(minutes=9),
        "counts_24h": {"due": 288, "received": 286, "evaluated": 285, "abnormal": 0},
    } | changes


def camera(**changes: Any) -> Any:
    values = {"device": device(), "learning": None, "open_incident_id": None, "is_shared": True}
    return SimpleNamespace(**{**values, **changes})


def incident(**changes: Any) -> dict[str, Any]:
    return {
        "id": "0199f1c2-0000-7c5a-9a41-2f7d3b6c1e55",
        "device_id": "VS-1",
        "device_name": "Tool wall",
        "kind": "abnormal",
        "state": "open",
        "opened_at": NOW - timedelta(minutes=26),
        "acknowledged_by": None,
        "resolved_at": None,
        "resolved_as": None,
        "captures_count": 2,
        "first_capture": capture(state="abnormal"),
        "snoozed_until": None,
    } | changes


def delivery(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "opened",
        "channel": "email",
        "recipient": "m@bakery.example",
        "status": "sent",
        "attempts": 1,
        "last_answer": None,
        "held_until": None,
        "held_by": None,
        "sent_at": NOW,
    } | changes


def share(**changes: Any) -> Share:
    """A link to a camera, open to all."""
    values: dict[str, Any] = {
        "share_type": ShareType.DEVICE,
        "unit_id": "VS-1",
        "label": "For the insurer",
        "states": [],
        "created_by": "m@bakery.example",
        "created_at": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=23),
        "view_count": 2,
        "last_viewed_at": NOW - timedelta(minutes=3),
    }
    return Share(ShareLink(**{**values, **changes}), "Tool wall", shows_something=True)


def shared_capture(**changes: Any) -> dict[str, Any]:
    return {
        "id": "kW0x6fM1m2bC4hJY9s8QnA",
        "captured_at": NOW - timedelta(seconds=41),
        "state": "normal",
        "reason": "All is in its place.",
        "evaluation_status": "completed",
        "width": 640,
        "height": 480,
        "thumbnail_url": "/api/s/vsh_t/thumbnails/kW0x6fM1m2bC4hJY9s8QnA",
        "image_url": "/api/s/vsh_t/images/kW0x6fM1m2bC4hJY9s8QnA",
    } | changes


def error_rates() -> ErrorRates:
    return ErrorRates(NOW - timedelta(days=90), Rate.of(2, 11), Rate.of(0, 60), 74, 0.01)


def trigger(**changes: Any) -> dict[str, Any]:
    return {
        "trigger_id": "0199f1c2-0000-7c5a-9a41-2f7d3b6c1e66",
        "device_id": "VS-1",
        "kind": "manual",
        "requested_by": "m@bakery.example",
        "requested_at": NOW - timedelta(seconds=50),
        "sent_at": NOW - timedelta(seconds=49),
        "executed_at": NOW - timedelta(seconds=41),
        "status": "executed",
        "record_id": "0199f1c2-7b1e-7c5a-9a41-2f7d3b6c1e55",
        "error": None,
    } | changes
