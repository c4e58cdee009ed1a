"""Appending to the organization's log of news.

The number comes from the organization's counter row, which stays locked until the commit: so
numbers are given in commit order, without gaps, and a reader that has seen number n has seen all
before it. Append last in a transaction, so that the lock is short.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import text

from cloud.kit.bells import RING, bell
from cloud.kit.database import OrganizationWork
from cloud.kit.json import dumps
from cloud.kit.pipelines import Statement

EVENTS_TOPIC = "events"
"""The bell that rings for an organization's id when it has news."""


class EventKind(StrEnum):
    """What news there can be. Each carries the JSON document of what it is about."""

    CAPTURE_RECEIVED = "capture.received"
    CAPTURE_EVALUATED = "capture.evaluated"
    CAPTURE_DELETED = "capture.deleted"
    DEVICE_PRESENCE = "device.presence"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_UPDATED = "incident.updated"
    INCIDENT_CLOSED = "incident.closed"
    TRIGGER_UPDATED = "trigger.updated"


async def append(
    work: OrganizationWork, kind: EventKind, data: dict[str, Any], *, device_id: str | None
) -> int:
    """Add one piece of news to this transaction; its number in the organization."""
    seq = await work.scalar(*appending(work, kind, data, device_id=device_id))
    return int(seq)


def appending(
    work: OrganizationWork, kind: EventKind, data: dict[str, Any], *, device_id: str | None
) -> Statement:
    """The statement of `append`, to be sent together with others, as the last of them."""
    values = {
        "organization_id": work.organization_id,
        "kind": kind,
        "device_id": device_id,
        "data": dumps(data).decode(),
    }
    return APPEND, values | bell(EVENTS_TOPIC, str(work.organization_id))


APPEND = text(f"""
WITH counter AS (
  INSERT INTO event_counters AS c (organization_id, last_seq) VALUES (:organization_id, 1)
  ON CONFLICT (organization_id) DO UPDATE SET last_seq = c.last_seq + 1
  RETURNING last_seq
), told AS (
  INSERT INTO events (organization_id, seq, kind, device_id, data)
  SELECT :organization_id, last_seq, :kind, :device_id, CAST(:data AS jsonb) FROM counter
  RETURNING seq
)
SELECT seq, {RING} FROM told
""")  # noqa: S608  # a constant
