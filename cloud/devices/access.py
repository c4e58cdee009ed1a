"""The gates for devices: a device is known by its key, of which only the hash is kept."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import bindparam, func, or_, select

from cloud.accounts.access import bearer_token, identify
from cloud.accounts.sessions import Person
from cloud.devices.models import DeviceKey
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.database import Database
from cloud.kit.errors import Unauthenticated
from cloud.kit.ids import hash_secret
from cloud.kit.resources import TheDatabase, TheSettings
from device.wire import DEVICE_KEY_PREFIX


@dataclass(frozen=True)
class CallingDevice:
    """The device behind a request. `unit_id` is the `device_id` that the outside knows."""

    device_id: UUID
    unit_id: str
    organization_id: UUID
    address: str


class DeviceGate:
    """Lets devices in, by their key."""

    audience = Audience.DEVICE

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> CallingDevice:
        token = bearer_token(request)
        if token is None or not token.startswith(DEVICE_KEY_PREFIX):
            raise device_key_missing()
        address = client_address(request, settings.trusted_proxies)
        return await identify_device(database, token, address)


class PersonOrDeviceGate:
    """Lets viewers and devices in; the route looks at which of the two it is."""

    audience = Audience.VIEWER_OR_DEVICE

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person | CallingDevice:
        token = bearer_token(request)
        if token is not None and token.startswith(DEVICE_KEY_PREFIX):
            address = client_address(request, settings.trusted_proxies)
            return await identify_device(database, token, address)
        return await identify(request, database, settings)


async def identify_device(database: Database, key: str, address: str) -> CallingDevice:
    """The device that a key belongs to. Raises Unauthenticated for a wrong or revoked one."""
    found = await database.ask(FIND_KEY, {"key_hash": hash_secret(key)})
    if not found:
        raise device_key_invalid()
    return CallingDevice(found[0].device_id, found[0].unit_id, found[0].organization_id, address)


def device_key_missing() -> Unauthenticated:
    return Unauthenticated("device_key_missing", "Send the device key as a bearer token.")


def device_key_invalid() -> Unauthenticated:
    """The key is wrong, was revoked, or its device has been released."""
    return Unauthenticated(
        "device_key_invalid", "This device key is not valid any more. Pair the camera again."
    )


FIND_KEY = select(DeviceKey.device_id, DeviceKey.unit_id, DeviceKey.organization_id).where(
    DeviceKey.key_hash == bindparam("key_hash"),
    or_(DeviceKey.expires_at.is_(None), DeviceKey.expires_at > func.clock_timestamp()),
)


TheDevice = Annotated[CallingDevice, Depends(DeviceGate())]
ViewerOrDevice = Annotated[Person | CallingDevice, Depends(PersonOrDeviceGate())]
