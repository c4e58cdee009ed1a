"""The Incident and Delivery documents: one form each, by the API, in events, on pages.

Times are datetimes here; they become RFC 3339 where the document is written as JSON.
"""

from typing import Any

from cloud.alerts.models import Delivery, DeliveryStatus
from cloud.alerts.queries import IncidentFile, ShownIncident
from cloud.alerts.timeline import TimelineEntry, read_timeline
from cloud.captures.documents import capture_document
from cloud.captures.models import Capture
from cloud.devices.presence import live_snooze
from cloud.kit.clock import utc_now


def incident_document(shown: ShownIncident) -> dict[str, Any]:
    """The Incident of the contract."""
    incident = shown.incident
    return {
        "id": str(incident.id),
        "device_id": incident.unit_id,
        "device_name": shown.device_name,
        "kind": incident.kind,
        "state": incident.state,
        "opened_at": incident.opened_at,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
        "resolved_at": incident.resolved_at,
        "resolved_by": incident.resolved_by,
        "resolved_as": incident.resolved_as,
        "note": incident.note,
        "captures_count": incident.captures_count,
        "first_capture": _capture_or_none(shown.first_capture),
        "latest_capture": _capture_or_none(shown.latest_capture),
        "snoozed_until": live_snooze(shown.snoozed_until, utc_now()),
    }


def incident_file_document(file: IncidentFile) -> dict[str, Any]:
    """The Incident with its captures, messages and timeline."""
    return {
        **incident_document(file.shown),
        "captures": [capture_document(capture) for capture in file.captures],
        "deliveries": [told_delivery_document(delivery) for delivery in file.deliveries],
        "timeline": [_entry_document(entry) for entry in read_timeline(file)],
    }


def told_delivery_document(delivery: Delivery) -> dict[str, Any]:
    """The Delivery of the contract, for programs: one that was withdrawn is failed to them."""
    document = delivery_document(delivery)
    if delivery.status != DeliveryStatus.WITHDRAWN:
        return document | {"withdrawn": False}
    why = f"It was not sent. {delivery.last_answer}"
    return document | {"status": DeliveryStatus.FAILED, "last_answer": why, "withdrawn": True}


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """A message as pages show it."""
    return {
        "id": str(delivery.id),
        "incident_id": str(delivery.incident_id) if delivery.incident_id else None,
        "kind": delivery.kind,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "last_answer": delivery.last_answer,
        "created_at": delivery.created_at,
        "held_until": delivery.held_until,
        "held_by": delivery.held_by,
        "gathered_into": str(delivery.gathered_into) if delivery.gathered_into else None,
        "sent_at": delivery.sent_at,
    }


def _entry_document(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind,
        "text": entry.text,
        "capture": _capture_or_none(entry.capture),
    }


def _capture_or_none(capture: Capture | None) -> dict[str, Any] | None:
    return None if capture is None else capture_document(capture)
