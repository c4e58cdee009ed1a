"""What a camera's digital output shows: that an incident is open there, until it is resolved.

Only what its pictures show counts. A camera that is away cannot be told, and models that fail are
no reason for a lamp on the wall.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from cloud.alerts.models import Incident, IncidentKind, IncidentState
from cloud.devices.output import set_output
from cloud.kit.database import OrganizationWork

SHOWN: Final = (IncidentKind.ABNORMAL, IncidentKind.SCENE_UNUSABLE)


async def signal_at_camera(work: OrganizationWork, device_id: UUID) -> None:
    """Make the output what the incidents say. The work holds the camera's row."""
    is_open = exists().where(
        Incident.organization_id == work.organization_id,
        Incident.device_id == device_id,
        Incident.kind.in_(SHOWN),
        Incident.state != IncidentState.RESOLVED,
    )
    await set_output(work, device_id, on=bool(await work.scalar(select(is_open))))
