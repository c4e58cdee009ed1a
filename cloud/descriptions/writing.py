"""Writing down what is normal: a text is never changed, each new one is another version.

The first version is in force at once; a later one only when somebody activates it. The device's
row is locked meanwhile, so that two people at once get two numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.descriptions.files import DescriptionFile
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import description_in_force, get_description
from cloud.descriptions.schemas import DescriptionBody
from cloud.descriptions.templates import get_template
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class Draft:
    """What somebody wrote, and whether it is to be in force at once."""

    text: str
    files: tuple[DescriptionFile, ...] = ()
    name: str | None = None
    note: str | None = None
    activate: bool = False


async def draft_of(work: OrganizationWork, body: DescriptionBody) -> Draft:
    """What a body asks to write; the words of a template are copied. Raises NotFound."""
    if body.template_id is None:
        return Draft(body.text or "", (), body.name, body.note, body.activate)
    template = await get_template(work, body.template_id)
    return Draft(template.text, (), body.name or template.name, body.note, body.activate)


async def write_description(
    work: OrganizationWork, who: Person, unit_id: str, draft: Draft
) -> tuple[NormalDescription, bool]:
    """Add a version; whether it is in force. Raises NotFound for the device."""
    device = await get_device(work, unit_id, lock=True)
    latest = await _latest_version(work, device.id)
    now = utc_now()
    in_force = latest == 0 or draft.activate
    description = NormalDescription(
        organization_id=work.organization_id,
        device_id=device.id,
        version=latest + 1,
        name=draft.name or f"Version {latest + 1}",
        text=draft.text,
        files=[file.as_row() for file in draft.files],
        note=draft.note or None,
        created_at=now,
        created_by=who.email,
        activated_at=now if in_force else None,
        activated_by=who.email if in_force else None,
    )
    work.add(description)
    _note(work, who, "description.written", device, description)
    await work.flush()
    if in_force:
        await ask_for_look(work, device.id)
    return description, in_force


async def activate_description(
    work: OrganizationWork, who: Person, unit_id: str, version: int, detail: Mapping[str, object]
) -> NormalDescription:
    """Put a version in force. One that is so already stays as it is. Raises NotFound.

    `detail` is what the audit says of it beside the version.
    """
    device = await get_device(work, unit_id, lock=True)
    description = await get_description(work, device.id, version)
    current = await description_in_force(work, device.id)
    if current is description:
        return description
    description.activated_at = _after(current)
    description.activated_by = who.email
    _note(work, who, "description.activated", device, description, **detail)
    await work.flush()
    return description


async def _latest_version(work: OrganizationWork, device_id: UUID) -> int:
    return int(
        await work.scalar(
            select(func.coalesce(func.max(NormalDescription.version), 0)).where(
                NormalDescription.organization_id == work.organization_id,
                NormalDescription.device_id == device_id,
            )
        )
    )


def _after(current: NormalDescription | None) -> datetime:
    """Now, or just after the version in force was activated, should this clock be behind."""
    now = utc_now()
    if current is None or current.activated_at is None:
        return now
    return max(now, current.activated_at + timedelta(microseconds=1))


def _note(
    work: OrganizationWork,
    who: Person,
    action: str,
    device: Device,
    description: NormalDescription,
    **detail: object,
) -> None:
    note(work, who, action, device.unit_id, version=description.version, **detail)
