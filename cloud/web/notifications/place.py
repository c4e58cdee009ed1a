"""Whose notifications a page is about: the organization's, or one camera's."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.database import OrganizationWork
from cloud.web.settings.tabs import NOTIFICATIONS

EVERYWHERE = "/ui/notifications"


@dataclass(frozen=True)
class Place:
    """`device_id` is the camera's, as the outside knows it; None for the whole organization."""

    device_id: str | None

    @property
    def address(self) -> str:
        return EVERYWHERE if self.device_id is None else NOTIFICATIONS.address(self.device_id)

    async def find_device(self, work: OrganizationWork) -> Device | None:
        """The camera, if it is about one. Raises NotFound."""
        return None if self.device_id is None else await get_device(work, self.device_id)

    async def find_row_id(self, work: OrganizationWork) -> UUID | None:
        """The id of the camera's row, as notifications are kept by it. Raises NotFound."""
        device = await self.find_device(work)
        return None if device is None else device.id


async def _place(request: Request) -> Place:
    return Place(request.path_params.get("device_id"))


ThePlace = Annotated[Place, Depends(_place)]
"""Where the request is: the same routes stand under both addresses."""
