"""The incidents of a day: those that lasted in it, how they ended, and what was held back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from cloud.alerts.models import Delivery, Incident
from cloud.captures.models import Capture
from cloud.kit.database import OrganizationWork
from cloud.watch.digest.days import Span

MOST_INCIDENTS = 500
"""Of one organization and day; more cannot be read by anybody."""

First = aliased(Capture, name="first_capture")


async def list_incidents_of(
    work: OrganizationWork, device_ids: Sequence[UUID], span: Span
) -> dict[UUID, list[Row[Any]]]:
    """What was open at these cameras on that day, by the camera, in the order of opening.

    Each row has `id`, `device_id`, `kind`, `state`, `opened_at`, `resolved_at`, `resolved_as` and
    the `reason` of the first picture.
    """
    rows = await work.execute(
        select(
            Incident.id,
            Incident.device_id,
            Incident.kind,
            Incident.state,
            Incident.opened_at,
            Incident.resolved_at,
            Incident.resolved_as,
            First.reason,
        )
        .outerjoin(First, (First.id == Incident.first_capture_id) & First.deleted_at.is_(None))
        .where(
            Incident.organization_id == work.organization_id,
            Incident.device_id.in_(device_ids),
            Incident.opened_at <= span.end,
            Incident.resolved_at.is_(None) | (Incident.resolved_at > span.begin),
        )
        .order_by(Incident.opened_at, Incident.id)
        .limit(MOST_INCIDENTS)
    )
    found: dict[UUID, list[Row[Any]]] = {device_id: [] for device_id in device_ids}
    for row in rows:
        found[row.device_id].append(row)
    return found


async def count_held(work: OrganizationWork, span: Span) -> dict[str, int]:
    """How many messages of that day were held back for a while, by what held them."""
    rows = await work.execute(
        select(Delivery.held_by, func.count())
        .where(
            Delivery.organization_id == work.organization_id,
            Delivery.created_at > span.begin,
            Delivery.created_at <= span.end,
            Delivery.held_by.is_not(None),
        )
        .group_by(Delivery.held_by)
    )
    return {str(row[0]): row[1] for row in rows}
