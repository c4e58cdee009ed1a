"""The addresses that cameras call: pairing, and saying that they are alive."""

from fastapi import APIRouter, Request

from cloud.accounts.throttling import counted_by_address
from cloud.devices.access import TheDevice
from cloud.devices.pairing import pair
from cloud.devices.presence import Heartbeat, hear_heartbeat
from cloud.devices.queries import device_not_found
from cloud.devices.schemas import HeartbeatBody, HeartbeatReply, PairAnswer, PairBody
from cloud.devices.spelling import normal_unit_id
from cloud.devices.throttles import HEARTBEATS, PAIRING
from cloud.devices.versions import find_upgrade
from cloud.kit.access import ANYONE
from cloud.kit.addresses import client_address
from cloud.kit.clock import utc_now
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import hold_to
from cloud.kit.resources import TheDatabase, TheSettings
from device.wire import HEARTBEAT_PATH, PAIR_PATH

router = APIRouter(tags=["Devices"])


@router.post(
    PAIR_PATH, response_model=PairAnswer, dependencies=[ANYONE, counted_by_address(PAIRING)]
)
async def pair_camera(
    request: Request, database: TheDatabase, settings: TheSettings, body: PairBody
) -> JsonAnswer:
    """Exchange a pairing code for a new device key; the camera's earlier keys end.

    422 for a code that is none, 410 for one that is used or expired, 429 past ten a minute.
    """
    address = client_address(request, settings.trusted_proxies)
    paired = await pair(database, body.code, address)
    return JsonAnswer({**vars(paired), "api_url": settings.base_url})


@router.post(HEARTBEAT_PATH, response_model=HeartbeatReply)
async def take_heartbeat(
    calling: TheDevice,
    request: Request,
    database: TheDatabase,
    device_id: str,
    body: HeartbeatBody,
) -> JsonAnswer:
    """Take down what a camera says of itself; the config version that it should have."""
    if normal_unit_id(device_id) != calling.unit_id:
        raise device_not_found()
    await hold_to(request, database, HEARTBEATS, str(calling.device_id))
    heartbeat = Heartbeat(body.device_version, body.model_dump(mode="json"), body.spool.told_gaps())
    async with database.work_for(calling.organization_id) as work:
        config_version = await hear_heartbeat(work, calling, heartbeat)
    answer: dict[str, object] = {
        "config_version": config_version,
        "server_time": utc_now(),
    }
    upgrade = find_upgrade(body.device_version)
    return JsonAnswer(answer | ({"upgrade": vars(upgrade)} if upgrade else {}))
