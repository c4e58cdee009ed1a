"""Asking a camera for a picture now, at most once in the shortest interval."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.access import CallingDevice
from cloud.devices.commands import put_command
from cloud.devices.models import DeviceStatus
from cloud.devices.queries import get_device
from cloud.devices.who_listens import is_connected
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, TooManyRequests
from cloud.kit.ids import new_id
from cloud.triggers.models import Trigger, TriggerKind, TriggerStatus
from cloud.triggers.queries import last_asked_at
from cloud.triggers.telling import tell_of_trigger
from device.wire import MINIMUM_INTERVAL_SECONDS


@dataclass(frozen=True)
class Asked:
    """An asking that was taken; `connected` says whether the camera listens now."""

    trigger_id: UUID
    connected: bool

    @property
    def status(self) -> TriggerStatus:
        return TriggerStatus.SENT if self.connected else TriggerStatus.QUEUED


def wait_before_asking(last: datetime | None, now: datetime) -> float:
    """Seconds until a camera may be asked again; 0 when it may be now.

    A last time in the future, left by a clock that was set back, holds nobody up for longer.
    """
    if last is None:
        return 0.0
    passed = (now - last).total_seconds()
    return min(MINIMUM_INTERVAL_SECONDS, max(0.0, MINIMUM_INTERVAL_SECONDS - passed))


async def ask_for_picture(
    work: OrganizationWork, who: Person | CallingDevice, device_id: str
) -> Asked:
    """Ask a camera by hand: a person does, or a program beside the camera with its key.

    Raises NotFound, Conflict for a paused camera, TooManyRequests within the shortest interval.
    """
    device = await get_device(work, device_id, lock=True)
    if device.status == DeviceStatus.PAUSED:
        raise Conflict("device_paused", "This camera is paused. Resume it, then ask again.")
    wait = wait_before_asking(await last_asked_at(work, device.id), utc_now())
    if wait > 0:
        raise TooManyRequests(
            "trigger_too_soon",
            f"This camera was asked a moment ago. Ask again in {ceil(wait)} s.",
            retry_after=wait,
        )
    trigger_id = new_id()
    work.add(
        Trigger(
            id=trigger_id,
            organization_id=work.organization_id,
            device_id=device.id,
            kind=TriggerKind.MANUAL,
            requested_by=who.email if isinstance(who, Person) else None,
            requested_at=utc_now(),
        )
    )
    await put_command(work, device, trigger_id=trigger_id, kind=TriggerKind.MANUAL, label=None)
    connected = await is_connected(work, device.id)
    if isinstance(who, Person):
        note(work, who, "device.triggered", device.unit_id, trigger_id=str(trigger_id))
    await tell_of_trigger(work, Trigger.id == trigger_id)
    return Asked(trigger_id, connected)
