"""A camera as pages show it: the Device of the API, and whether an incident is open there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cloud.alerts.queries import find_unresolved_incidents
from cloud.captures.documents import capture_document
from cloud.captures.models import EvaluationStatus
from cloud.captures.queries import newest_settled
from cloud.kit.database import OrganizationWork
from cloud.kit.settings import Settings
from cloud.sharing.queries import shared_devices
from cloud.watch.day_counts import DayCounts
from cloud.watch.documents import device_document
from cloud.watch.queries import Sighting, get_sighting, list_all_sightings
from cloud.web.looks import look_of_camera, rank_of_attention

DAY = timedelta(days=1)
BEING_JUDGED = frozenset({EvaluationStatus.PENDING, EvaluationStatus.PROCESSING})


@dataclass(frozen=True)
class Camera:
    """`device` is the API's document, `row_id` the id of the device's row.

    Its `latest_capture` here is the newest one that was judged or has failed: the verdict on what
    is being judged takes its place in a moment, and until then what is known stays on the page.
    """

    row_id: UUID
    device: Mapping[str, Any]
    open_incident_id: UUID | None
    is_shared: bool
    """Whether strangers may see something of it right now."""

    @property
    def learning(self) -> Mapping[str, int] | None:
        """How many captures it has learned from (`have`) and how many it needs, until it has."""
        learning: Mapping[str, int] | None = self.device["learning"]
        return learning

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among others: what needs attention first, then by name."""
        look = look_of_camera(self.device, learning=self.learning is not None)
        return rank_of_attention(look), self.device["friendly_name"].casefold()


async def read_cameras(
    work: OrganizationWork, settings: Settings, now: datetime, day_counts: DayCounts
) -> list[Camera]:
    """All cameras of the organization, in their places."""
    counted = await day_counts.read(work, now)
    sightings = await list_all_sightings(work, now=now, counted=counted)
    return sorted(await _cameras(work, sightings, settings, now), key=lambda camera: camera.place)


async def read_camera(
    work: OrganizationWork, device_id: str, settings: Settings, now: datetime
) -> Camera:
    """One camera by the id that the outside knows. Raises NotFound."""
    sighting = await get_sighting(work, device_id, now=now)
    (camera,) = await _cameras(work, [sighting], settings, now)
    return camera


async def _cameras(
    work: OrganizationWork, sightings: Sequence[Sighting], settings: Settings, now: datetime
) -> list[Camera]:
    incidents = await find_unresolved_incidents(work)
    waiting = [one.row.id for one in sightings if _is_being_judged(one)]
    settled = await newest_settled(work, waiting, until=now + DAY) if waiting else {}
    shared = await shared_devices(work, now)
    cameras = []
    for one in sightings:
        document = device_document(one, settings, now)
        if one.row.id in settled:
            document["latest_capture"] = capture_document(settled[one.row.id])
        is_shared = one.row.id in shared
        cameras.append(Camera(one.row.id, document, incidents.get(one.row.id), is_shared))
    return cameras


def _is_being_judged(sighting: Sighting) -> bool:
    latest = sighting.latest_capture
    return latest is not None and latest["evaluation_status"] in BEING_JUDGED
