"""The digital output: a lamp or siren at the camera that is on while an incident is open there.

The room of alerts, above, says whether one is; the camera's stream tells the camera. The row keeps
it, so that a camera that comes back, to whatever process, hears what is so now.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from cloud.devices.commands import COMMANDS_TOPIC
from cloud.devices.models import Device
from cloud.kit.bells import ring
from cloud.kit.database import OrganizationWork


async def set_output(work: OrganizationWork, device_id: UUID, *, on: bool) -> None:
    """Have the device behind a row's id, locked by this work, show that an incident is open."""
    changed = await work.run(
        update(Device)
        .where(
            Device.organization_id == work.organization_id,
            Device.id == device_id,
            Device.output_on.is_not(on),
        )
        .values(output_on=on)
    )
    if changed:
        await ring(work, COMMANDS_TOPIC, str(device_id))


def output_of(device: Device | Row[Any]) -> bool:
    """What the camera is told: on only where the operator has switched outputs on."""
    return device.output_on and bool(device.config.get("digital_output_enabled"))
