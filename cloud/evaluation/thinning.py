"""Which full pictures of a camera go: at the verdict (dedupe), and looking back (streak pruning).

Neither takes a capture that is abnormal, unjudged, part of an incident, spoken on by the operator,
remembered by the baseline, or sampled for the operator; and dedupe takes none while an incident is
open.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from cloud.accounts.queries import list_organizations
from cloud.alerts.models import IncidentKind
from cloud.alerts.standing import find_unresolved
from cloud.captures.models import Capture, State
from cloud.captures.thinning import choose_surplus, let_images_go
from cloud.devices.config import DedupeSection, StreakSection
from cloud.devices.models import Device
from cloud.evaluation.in_a_row import read_row
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.logs import get_logger
from cloud.kit.worker import serve_each

log = get_logger(__name__)

LOOKED_BACK: Final = timedelta(days=7)
SETTLED_AFTER: Final = timedelta(hours=1)
"""What is younger is not pruned: somebody may be looking at it."""

ROW: Final = 100_000
"""Captures that are looked at of a camera, the newest: more than a week of them has."""

AT_ONCE: Final = 500


async def dedupe(work: OrganizationWork, capture: Any, device: Device) -> bool:
    """Let the full picture of a capture go that was just judged, if those before it show the same.

    Whether it went. Call it where the device's row is locked, so that two verdicts at once do not
    count each other.
    """
    limits = DedupeSection.model_validate(device.config.get("dedupe", {}))
    if not limits.enabled or capture.state != State.NORMAL:
        return False
    if await find_unresolved(work, [device.id], [IncidentKind.ABNORMAL]):
        return False
    until = Capture.captured_at <= capture.captured_at
    most = limits.threshold + limits.keep_every + 1
    row = await read_row(work, device.id, until, most=most)
    surplus = choose_surplus(row, threshold=limits.threshold, keep_every=limits.keep_every)
    return capture.id in surplus and bool(await let_images_go(work, [capture.id]))


async def prune_streaks(database: Database) -> None:
    """Let full pictures of long normal streaks go, of every camera that is set to it."""
    organizations = await list_organizations(database)
    await serve_each("streak_pruning", organizations, partial(_prune_organization, database))


async def _prune_organization(database: Database, organization_id: UUID) -> None:
    async with database.work_for(organization_id) as work:
        devices = await _list_pruned_devices(work)
    for device_id, limits in devices:
        async with database.work_for(organization_id) as work:
            gone = await prune_streak(work, device_id, limits, utc_now())
        if gone:
            log.info("streaks_pruned", device=str(device_id), pictures=gone)


async def prune_streak(
    work: OrganizationWork, device_id: UUID, limits: StreakSection, now: datetime
) -> int:
    """Prune one camera's streaks of the last week; how many pictures went.

    Never more than half of the pictures that are there go at once: the rest waits for the next
    time, so that whoever set this by mistake has time to see it.
    """
    begin, end = Capture.captured_at > now - LOOKED_BACK, Capture.captured_at <= now - SETTLED_AFTER
    row = await read_row(work, device_id, begin, end, most=ROW)
    surplus = choose_surplus(row, threshold=limits.threshold, keep_every=limits.keep_every)
    most = min(AT_ONCE, sum(one.image_stored for one in row) // 2)
    return await let_images_go(work, surplus[:most])


async def _list_pruned_devices(work: OrganizationWork) -> list[tuple[UUID, StreakSection]]:
    rows = await work.execute(
        select(Device.id, Device.config).where(
            Device.organization_id == work.organization_id,
            Device.config["streak"]["enabled"].as_boolean(),
        )
    )
    return [(row.id, StreakSection.model_validate(row.config["streak"])) for row in rows]
