"""The gates for devices: a device is known by its key, of which only the hash is kept."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Row, bindparam, func, or_, select

from cloud.accounts.access import bearer_token, identify, require_role
from cloud.accounts.models import Role
from cloud.accounts.sessions import Person
from cloud.devices.models import DeviceKey
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.database import Database
from cloud.kit.errors import Unauthenticated
from cloud.kit.ids import hash_secret
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from device.wire import DEVICE_KEY_PREFIX

KNOWN_DEVICE = "known_device"
"""Where a request keeps the device that has been identified already."""


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
        known: CallingDevice | None = getattr(request.state, KNOWN_DEVICE, None)
        return known or await self.identify(request, database, settings)

    async def identify(
        self, request: Request, database: Database, settings: Settings
    ) -> CallingDevice:
        """The device behind a request. Raises Unauthenticated."""
        token = bearer_token(request)
        if token is None or not token.startswith(DEVICE_KEY_PREFIX):
            raise device_key_missing()
        address = client_address(request, settings.trusted_proxies)
        return await identify_device(database, token, address)


DEVICES = DeviceGate()


class KeyFirst(APIRoute):
    """A route of devices that looks at the key before the framework reads the form.

    By itself it would take a stranger's form apart, megabytes of it, to refuse them then.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_known(request: Request) -> Response:
            resources = request.app.state
            device = await DEVICES.identify(request, resources.database, resources.settings)
            setattr(request.state, KNOWN_DEVICE, device)
            return await handle(request)

        return handle_known


class PersonOrDeviceGate:
    """Lets devices in, and people of at least this role; the route looks at which it is."""

    def __init__(self, audience: Audience, minimum: Role) -> None:
        self.audience = audience
        self._minimum = minimum

    async def __call__(
        self, request: Request, database: TheDatabase, settings: TheSettings
    ) -> Person | CallingDevice:
        token = bearer_token(request)
        if token is not None and token.startswith(DEVICE_KEY_PREFIX):
            address = client_address(request, settings.trusted_proxies)
            return await identify_device(database, token, address)
        person = await identify(request, database, settings)
        require_role(person, self._minimum)
        return person


async def identify_device(database: Database, key: str, address: str) -> CallingDevice:
    """The device that a key belongs to. Raises Unauthenticated for a wrong or revoked one."""
    found = await find_key(database, hash_secret(key))
    return CallingDevice(found.device_id, found.unit_id, found.organization_id, address)


async def find_key(database: Database, key_hash: bytes) -> Row[Any]:
    """Whose living key it is. Raises Unauthenticated for a wrong or revoked one."""
    found = await database.ask(FIND_KEY, {"key_hash": key_hash})
    if not found:
        raise device_key_invalid()
    return found[0]


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


TheDevice = Annotated[CallingDevice, Depends(DEVICES)]
ViewerOrDevice = Annotated[
    Person | CallingDevice, Depends(PersonOrDeviceGate(Audience.VIEWER_OR_DEVICE, Role.VIEWER))
]
MemberOrDevice = Annotated[
    Person | CallingDevice, Depends(PersonOrDeviceGate(Audience.MEMBER_OR_DEVICE, Role.MEMBER))
]
