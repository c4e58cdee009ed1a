"""The address at which cameras say what became of their commands."""

from fastapi import APIRouter, Request, Response

from cloud.captures.acknowledging import acknowledge_with_capture
from cloud.devices.access import TheDevice
from cloud.devices.command_routes import require_own
from cloud.devices.command_schemas import AckBody
from cloud.devices.throttles import ACKNOWLEDGING
from cloud.kit.limits import hold_to
from cloud.kit.resources import TheDatabase
from device.wire import ACK_PATH

router = APIRouter(tags=["Devices"])


@router.post(ACK_PATH, status_code=204)
async def acknowledge_command(
    calling: TheDevice,
    request: Request,
    database: TheDatabase,
    device_id: str,
    command_id: str,
    body: AckBody,
) -> Response:
    """Take down what became of a command. Saying it again is answered alike.

    A capture that is named must be one of this camera's: else 422, and nothing is taken down.
    """
    require_own(device_id, calling)
    await hold_to(request, database, ACKNOWLEDGING, str(calling.device_id))
    async with database.work_for(calling.organization_id) as work:
        await acknowledge_with_capture(work, calling, command_id, body.said())
    return Response(status_code=204)
