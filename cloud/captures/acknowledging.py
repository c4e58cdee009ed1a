"""What a camera says of its commands, where it may name the capture that it made."""

from uuid import UUID

from sqlalchemy import exists, select

from cloud.captures.models import Capture
from cloud.devices.access import CallingDevice
from cloud.devices.commands import Acknowledgement, acknowledge
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed


async def acknowledge_with_capture(
    work: OrganizationWork, calling: CallingDevice, command_id: str, said: Acknowledgement
) -> None:
    """Take down what a camera says of its command; saying it again changes nothing.

    Raises NotFound, and Malformed where the capture is none of this camera's: the work is then to
    be undone. What changes nothing is not looked at, for the capture may have been deleted since.
    """
    changed = await acknowledge(work, calling, command_id, said)
    record_id = said.capture_record_id
    if changed and record_id is not None and not await _is_own(work, calling, record_id):
        raise Malformed(
            "capture_not_yours",
            "This camera has no such capture.",
            errors=(FieldError("capture_record_id", "is not a capture of this camera"),),
        )


async def _is_own(work: OrganizationWork, calling: CallingDevice, record_id: UUID) -> bool:
    found = exists().where(
        Capture.organization_id == work.organization_id,
        Capture.device_id == calling.device_id,
        Capture.id == record_id,
        Capture.deleted_at.is_(None),
    )
    return bool(await work.scalar(select(found)))
