"""The address of a camera's snooze."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from cloud.accounts.access import Member
from cloud.alerts.snoozing import end_snooze, snooze
from cloud.kit.bodies import Body, Moment
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1", tags=["Alerts"])

EXAMPLE_SNOOZE: dict[str, Any] = {"until": "2026-11-23T07:00:00Z"}


class SnoozeBody(Body):
    """Until when nobody is told of the camera: in the future, at most 30 days ahead."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_SNOOZE]})

    until: Moment


class SnoozeDocument(BaseModel):
    """A camera's snooze."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"device_id": "VS-7K3M-9QXT-4HWC", "snoozed_until": EXAMPLE_SNOOZE["until"]}
            ]
        }
    )

    device_id: str
    snoozed_until: datetime


@router.post("/devices/{device_id}/snooze", response_model=SnoozeDocument)
async def post_snooze(
    who: Member, database: TheDatabase, device_id: str, body: SnoozeBody
) -> JsonAnswer:
    """Tell nobody of a camera for a while. Its incidents open, count and show as ever."""
    async with database.work_for(who.organization_id) as work:
        device = await snooze(work, who, device_id, body.until)
        return JsonAnswer({"device_id": device.unit_id, "snoozed_until": device.snoozed_until})


@router.delete("/devices/{device_id}/snooze", status_code=204)
async def delete_snooze(who: Member, database: TheDatabase, device_id: str) -> Response:
    """Tell of a camera again, at once of what lasts. Repeating it changes nothing."""
    async with database.work_for(who.organization_id) as work:
        await end_snooze(work, who, device_id)
    return Response(status_code=204)
