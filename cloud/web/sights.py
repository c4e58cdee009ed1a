"""A camera as pages show it: the Device of the API, and whether an incident is open there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cloud.alerts.queries import find_unresolved_incidents
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import LARGEST_LIMIT, Cursor, PageRequest
from cloud.kit.settings import Settings
from cloud.watch.documents import device_document
from cloud.watch.queries import Sighting, get_sighting, list_sightings
from cloud.web.looks import look_of_camera, rank_of_attention


@dataclass(frozen=True)
class Camera:
    """`device` is the API's document, `row_id` the id of the device's row."""

    row_id: UUID
    device: Mapping[str, Any]
    open_incident_id: UUID | None

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


async def read_cameras(work: OrganizationWork, settings: Settings, now: datetime) -> list[Camera]:
    """All cameras of the organization, in their places."""
    sightings: list[Sighting] = []
    page = PageRequest(LARGEST_LIMIT)
    while True:
        found = await list_sightings(work, page, now=now)
        sightings += found.sightings
        if found.next_cursor is None:
            break
        page = PageRequest(LARGEST_LIMIT, Cursor.decode(found.next_cursor))
    incidents = await find_unresolved_incidents(work)
    cameras = [_camera(one, incidents, settings, now) for one in sightings]
    return sorted(cameras, key=lambda camera: camera.place)


async def read_camera(
    work: OrganizationWork, device_id: str, settings: Settings, now: datetime
) -> Camera:
    """One camera by the id that the outside knows. Raises NotFound."""
    sighting = await get_sighting(work, device_id, now=now)
    return _camera(sighting, await find_unresolved_incidents(work), settings, now)


def _camera(
    sighting: Sighting, incidents: Mapping[UUID, UUID], settings: Settings, now: datetime
) -> Camera:
    row_id: UUID = sighting.row.id
    return Camera(row_id, device_document(sighting, settings, now), incidents.get(row_id))
