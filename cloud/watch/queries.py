"""What is known of every camera of an organization, in one statement however many there are.

Each question about a camera's captures is a LATERAL that reads the newest few entries of
`idx_captures_org_device_captured` or `ix_captures_verdicts`. A capture dated more than a day ahead
is left out of what is "newest", and one dated ahead is no newer than when it came, or one wrong
clock would hide all that follows. Nothing older than a day counts but the newest capture itself, so
no question walks far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text

from cloud.captures.documents import CAPTURE_COLUMNS, capture_document
from cloud.devices.queries import device_not_found
from cloud.devices.spelling import normal_unit_id
from cloud.evaluation.baseline.memory import MINIMUM_REFERENCES
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import LARGEST_LIMIT, Cursor, PageRequest
from cloud.watch.day_counts import NOTHING, Counts


@dataclass(frozen=True)
class Sighting:
    """One camera: its row with what its captures say, and its newest capture as a document.

    `counts` are of its captures of the last 24 hours.
    """

    row: Row[Any]
    latest_capture: dict[str, Any] | None
    counts: Counts


@dataclass(frozen=True)
class SightingPage:
    sightings: Sequence[Sighting]
    next_cursor: str | None


async def list_sightings(
    work: OrganizationWork,
    page: PageRequest,
    *,
    now: datetime,
    counted: Mapping[UUID, Counts] | None = None,
) -> SightingPage:
    """A page of the organization's cameras, the one activated last first.

    `counted` are the last day's counts where they are known (`cloud.watch.day_counts`).
    """
    cursor = page.cursor
    values = {
        "row_ids": None,
        "unit_id": None,
        "before_at": cursor.at if cursor else None,
        "before_id": cursor.uuid if cursor else None,
        "limit": page.limit + 1,
    }
    rows = await _look(work, values, now, counting=counted is None)
    shown = [_sighting(row, counted) for row in rows[: page.limit]]
    if len(rows) <= page.limit:
        return SightingPage(shown, None)
    last = rows[page.limit - 1]
    return SightingPage(shown, Cursor(last.activated_at, str(last.id)).encode())


async def list_all_sightings(
    work: OrganizationWork, *, now: datetime, counted: Mapping[UUID, Counts] | None = None
) -> list[Sighting]:
    """All the organization's cameras, the one activated last first."""
    sightings: list[Sighting] = []
    page = PageRequest(LARGEST_LIMIT)
    while True:
        found = await list_sightings(work, page, now=now, counted=counted)
        sightings += found.sightings
        if found.next_cursor is None:
            return sightings
        page = PageRequest(LARGEST_LIMIT, Cursor.decode(found.next_cursor))


async def get_sighting(work: OrganizationWork, device_id: str, *, now: datetime) -> Sighting:
    """One camera by its unit id. Raises NotFound."""
    values = {
        "row_ids": None,
        "unit_id": normal_unit_id(device_id),
        "before_at": None,
        "before_id": None,
        "limit": 1,
    }
    rows = await _look(work, values, now)
    if not rows:
        raise device_not_found()
    return _sighting(rows[0])


async def sightings_of(
    work: OrganizationWork, row_ids: Sequence[UUID], *, now: datetime
) -> Sequence[Sighting]:
    """The cameras behind these row ids, in one statement; those released meanwhile are left out."""
    values = {
        "row_ids": list(row_ids),
        "unit_id": None,
        "before_at": None,
        "before_id": None,
        "limit": len(row_ids),
    }
    return [_sighting(row) for row in await _look(work, values, now)]


async def _look(
    work: OrganizationWork, values: dict[str, Any], now: datetime, *, counting: bool = True
) -> Sequence[Row[Any]]:
    result = await work.execute(
        LOOK if counting else LOOK_WITHOUT_COUNTS,
        {
            **values,
            "organization_id": work.organization_id,
            "now": now,
            "need": MINIMUM_REFERENCES,
        },
    )
    return result.all()


def _sighting(row: Row[Any], counted: Mapping[UUID, Counts] | None = None) -> Sighting:
    if counted is None:
        counts = Counts(row.received, row.evaluated, row.abnormal)
    else:
        counts = counted.get(row.id, NOTHING)
    if row.latest_id is None:
        return Sighting(row, None, counts)
    latest = dict(zip(LATEST_KEYS, row, strict=False))  # its columns come first
    return Sighting(row, capture_document(SimpleNamespace(**latest)), counts)


LATEST_KEYS = tuple(column.key for column in CAPTURE_COLUMNS)
LATEST_COLUMNS = ", ".join(
    f"latest.{column.expression.name} AS latest_{column.key}" for column in CAPTURE_COLUMNS
)


def _write_look(counts: str, day: str) -> TextClause:
    """The question, with or without a count of each camera's last day."""
    return text(f"""
SELECT {LATEST_COLUMNS},
       d.id, d.unit_id, d.friendly_name, d.status, d.status_changed_at, d.location, d.activated_at,
       d.snoozed_until, d.last_seen_at, d.last_captured_at, d.last_ip, d.device_version, d.config,
       d.config_version, d.heartbeat,
       o.trial_ends_at,
       first.received_at AS first_received_at,
       judged.received_at AS last_judged_at, judged.reason AS last_judged_reason,
       ahead.received_at AS future_received_at,
       change.state AS change_state, change.code AS change_code, change.since AS change_since,
       marked.count AS marked_normal,
       described.yes AS is_described,
       ordered.orders
       {counts}
FROM devices d
JOIN organizations o ON o.id = d.organization_id
LEFT JOIN LATERAL (
  SELECT * FROM (
    (SELECT * FROM captures c
     WHERE c.organization_id = d.organization_id AND c.device_id = d.id
       AND c.captured_at <= CAST(:now AS timestamptz) AND c.deleted_at IS NULL
     ORDER BY captured_at DESC, id DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM captures c
     WHERE c.organization_id = d.organization_id AND c.device_id = d.id
       AND c.captured_at > CAST(:now AS timestamptz)
       AND c.captured_at <= CAST(:now AS timestamptz) + interval '1 day' AND c.deleted_at IS NULL
     ORDER BY captured_at DESC, id DESC LIMIT 1)
  ) newest
  ORDER BY least(captured_at, received_at) DESC, id DESC LIMIT 1
) latest ON true
LEFT JOIN LATERAL (
  SELECT received_at FROM captures c
  WHERE c.organization_id = d.organization_id AND c.device_id = d.id
  ORDER BY captured_at, id LIMIT 1
) first ON true
LEFT JOIN LATERAL (
  SELECT received_at, reason FROM captures c
  WHERE c.organization_id = d.organization_id AND c.device_id = d.id
    AND least(c.captured_at, c.received_at)
        BETWEEN CAST(:now AS timestamptz) - interval '1 day'
            AND CAST(:now AS timestamptz) + interval '1 day'
    AND c.state IS NOT NULL AND c.evaluation_status = 'completed' AND c.deleted_at IS NULL
  ORDER BY least(c.captured_at, c.received_at) DESC, id DESC LIMIT 1
) judged ON true
LEFT JOIN LATERAL (
  SELECT received_at FROM captures c
  WHERE c.organization_id = d.organization_id AND c.device_id = d.id
    AND c.captured_at > CAST(:now AS timestamptz) + interval '1 day' AND c.deleted_at IS NULL
  ORDER BY captured_at DESC, id DESC LIMIT 1
) ahead ON true
LEFT JOIN LATERAL (
  SELECT state, code, since FROM watching_changes w
  WHERE w.organization_id = d.organization_id AND w.device_id = d.id
  ORDER BY id DESC LIMIT 1
) change ON true
CROSS JOIN LATERAL (
  SELECT count(*) FROM (
    SELECT FROM captures c
    WHERE c.organization_id = d.organization_id AND c.device_id = d.id
      AND c.disposition = 'normal' AND c.deleted_at IS NULL
    LIMIT :need
  ) normal
) marked
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM normal_descriptions n
    WHERE n.organization_id = d.organization_id AND n.device_id = d.id
      AND n.activated_at IS NOT NULL
  ) AS yes
) described
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') AS orders FROM schedules s
  WHERE s.organization_id = d.organization_id AND s.device_id = d.id AND s.enabled
) ordered
{day}
WHERE d.organization_id = :organization_id AND d.released_at IS NULL
  AND (CAST(:unit_id AS text) IS NULL OR d.unit_id = :unit_id)
  AND (CAST(:row_ids AS uuid[]) IS NULL OR d.id = ANY(CAST(:row_ids AS uuid[])))
  AND (CAST(:before_at AS timestamptz) IS NULL OR (d.activated_at, d.id) < (:before_at, :before_id))
ORDER BY d.activated_at DESC, d.id DESC
LIMIT :limit
""")  # noqa: S608  # only names of our own columns are put in


LOOK = _write_look(
    ", day.received, day.evaluated, day.abnormal",
    """CROSS JOIN LATERAL (
  SELECT count(*) AS received,
         count(*) FILTER (WHERE c.evaluation_status = 'completed') AS evaluated,
         count(*) FILTER (WHERE c.state = 'abnormal') AS abnormal
  FROM captures c
  WHERE c.organization_id = d.organization_id AND c.device_id = d.id
    AND c.captured_at > CAST(:now AS timestamptz) - interval '1 day'
    AND c.captured_at <= CAST(:now AS timestamptz) + interval '1 day' AND c.deleted_at IS NULL
) day""",
)
LOOK_WITHOUT_COUNTS = _write_look("", "")
