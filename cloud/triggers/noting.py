"""Noting that a camera's digital input asked for a picture, which we hear of by the picture."""

from datetime import datetime
from uuid import UUID

from cloud.devices.access import CallingDevice
from cloud.kit.database import OrganizationWork
from cloud.triggers.models import Trigger, TriggerKind
from cloud.triggers.telling import tell_of_trigger


async def note_input(
    work: OrganizationWork, device: CallingDevice, record_id: UUID, asked_at: datetime
) -> None:
    """Write down and tell the trigger behind a capture, in the work that takes the capture in."""
    work.add(
        Trigger(
            id=record_id,
            organization_id=work.organization_id,
            device_id=device.device_id,
            kind=TriggerKind.INPUT,
            requested_at=asked_at,
        )
    )
    await work.flush()
    await tell_of_trigger(work, Trigger.id == record_id)
