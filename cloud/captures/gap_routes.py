"""The address that names a camera's missing pictures."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from cloud.accounts.access import Viewer
from cloud.captures.gaps import list_gaps
from cloud.devices.queries import get_device
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase
from device.wire import LossReason

router = APIRouter(prefix="/v1/devices", tags=["Devices"])


class GapDocument(BaseModel):
    """Sequence numbers in a row, from `first` to `last` under one spool id, and why they are lost.

    `count` is how many pictures are missing: some may have come although the camera gave them up.
    """

    spool_id: str
    first: int
    last: int
    count: int
    why: LossReason
    heard_at: datetime


class GapList(BaseModel):
    """A page of gaps, the last heard first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "gaps": [
                        {
                            "spool_id": "6f2f0c1e-3d0b-4b7e-9f46-1c8a5d0e7b21",
                            "first": 4,
                            "last": 6,
                            "count": 3,
                            "why": "no_room",
                            "heard_at": "2026-11-22T14:02:11.004Z",
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    gaps: list[GapDocument]
    next_cursor: str | None


@router.get("/{device_id}/gaps", response_model=GapList)
async def read_gaps(who: Viewer, database: TheDatabase, device_id: str, page: Paged) -> JsonAnswer:
    """Pictures that the camera numbered and that will never come, as it told, and why."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        found = await list_gaps(work, device.id, page)
    names = GapDocument.model_fields
    gaps = [{name: getattr(row, name) for name in names} for row in found.rows]
    return JsonAnswer({"gaps": gaps, "next_cursor": found.next_cursor})
