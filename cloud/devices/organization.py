"""The organization itself: its name, its time zone, its slots and how long it is judged for."""

import zoneinfo
from datetime import datetime
from typing import Any

from cloud.accounts.audit import note
from cloud.accounts.models import Organization
from cloud.accounts.sessions import Person
from cloud.devices.queries import count_devices, get_organization
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed


async def organization_document(work: OrganizationWork) -> dict[str, Any]:
    """The organization of this work, as the API shows it."""
    organization = await get_organization(work)
    return {
        "id": organization.id,
        "name": organization.name,
        "device_limit": organization.device_limit,
        "devices_active": await count_devices(work),
        "time_zone": organization.time_zone,
        "created_at": organization.created_at,
        "subscription": subscription(organization, utc_now()),
    }


def subscription(organization: Organization, now: datetime) -> dict[str, Any]:
    """`trial`, and once that is over `ended`: then cameras record on, but nothing is judged."""
    ends_at = organization.trial_ends_at
    return {"status": "trial" if now < ends_at else "ended", "ends_at": ends_at}


async def edit_organization(
    work: OrganizationWork, who: Person, *, name: str | None, time_zone: str | None
) -> None:
    """Change the name or the time zone. Raises Malformed for a zone that IANA does not list."""
    if time_zone is not None and time_zone not in zoneinfo.available_timezones():
        raise Malformed(
            "time_zone_unknown",
            "There is no such time zone. Use a name such as Europe/Berlin.",
            errors=(FieldError("time_zone", "must be an IANA time zone"),),
        )
    organization = await get_organization(work, lock=True)
    organization.name = name or organization.name
    organization.time_zone = time_zone or organization.time_zone
    note(work, who, "organization.edited", str(organization.id), name=name, time_zone=time_zone)
    await work.flush()
