"""The addresses for people with cameras; what shows a whole Device is in the room of watch."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from cloud.accounts.access import Admin, Member
from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.access import ViewerOrDevice
from cloud.devices.activation import validate_unit
from cloud.devices.config import ConfigDocument, read_config
from cloud.devices.configuring import change_config, config_etag, config_for_camera
from cloud.devices.keys import LONGEST_GRACE_SECONDS, rotate_key
from cloud.devices.pairing import issue_pairing_code, setup_command
from cloud.devices.queries import device_not_found, get_device
from cloud.devices.release import release
from cloud.devices.schemas import KeyAnswer, PairingCodeAnswer, ValidateBody, ValidationAnswer
from cloud.devices.throttles import VALIDATING, throttle_person
from cloud.kit.json import JsonAnswer
from cloud.kit.qr import draw_qr
from cloud.kit.resources import TheDatabase, TheSettings

router = APIRouter(prefix="/v1/devices", tags=["Devices"])


@router.post("/validate", response_model=ValidationAnswer)
async def validate(
    who: Member, request: Request, database: TheDatabase, body: ValidateBody
) -> JsonAnswer:
    """Look whether a unit could be activated.

    404 for an unknown id, 409 for one that is another organization's, 429 past ten a minute.
    """
    await throttle_person(request, database, VALIDATING, who)
    async with database.work_for(who.organization_id) as work:
        validation = await validate_unit(work, who, body.device_id)
    return JsonAnswer(vars(validation))


@router.delete("/{device_id}", status_code=204)
async def release_device(
    who: Admin,
    database: TheDatabase,
    device_id: str,
    captures: Annotated[Literal["keep", "delete"], Query()] = "keep",
) -> Response:
    """Release the unit: its key is dead, its slot and its id are free, its captures stay or go."""
    async with database.work_for(who.organization_id) as work:
        await release(work, who, device_id, erase_captures=captures == "delete")
    return Response(status_code=204)


@router.post("/{device_id}/pairing-code", status_code=201, response_model=PairingCodeAnswer)
async def make_pairing_code(
    who: Member, database: TheDatabase, settings: TheSettings, device_id: str
) -> JsonAnswer:
    """Make a code that the camera exchanges for its key: good once, for 15 minutes."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id, lock=True)
        issued = await issue_pairing_code(work, device)
        note(work, who, "device.pairing_code_made", device.unit_id)
    command = setup_command(settings.base_url, issued.code)
    return JsonAnswer(
        {
            "code": issued.code,
            "expires_at": issued.expires_at,
            "qr_code_svg": draw_qr(command),
            "setup_command": command,
        },
        201,
    )


@router.post("/{device_id}/rotate-key", response_model=KeyAnswer)
async def rotate(
    who: Admin,
    database: TheDatabase,
    device_id: str,
    grace_seconds: Annotated[int, Query(ge=0, le=LONGEST_GRACE_SECONDS)] = 0,
) -> JsonAnswer:
    """Give the camera a new key; the old one works `grace_seconds` more."""
    async with database.work_for(who.organization_id) as work:
        key = await rotate_key(work, who, device_id, grace_seconds=grace_seconds)
    return JsonAnswer({"device_key": key})


@router.get("/{device_id}/config", response_model=ConfigDocument)
async def read_device_config(
    who: ViewerOrDevice, database: TheDatabase, settings: TheSettings, device_id: str
) -> JsonAnswer:
    """The document in force, its version as the ETag. A camera reads only its own."""
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
    if isinstance(who, Person):
        document = read_config(device.config, settings)
    elif device.id == who.device_id:
        document = config_for_camera(device, settings)
    else:
        raise device_not_found()
    return JsonAnswer(document.model_dump(mode="json"), headers={"ETag": config_etag(device)})


@router.put("/{device_id}/config", response_model=ConfigDocument)
async def change_device_config(
    who: Member,
    database: TheDatabase,
    settings: TheSettings,
    device_id: str,
    body: ConfigDocument,
    if_match: Annotated[str | None, Header()] = None,
) -> JsonAnswer:
    """Merge what is sent into the document; a camera that listens hears of it at once.

    `If-Match` may name the version that was changed: 412 if it is another by now, 428 if the header
    is no entity tag. Without it the changes are merged into whatever is in force.
    """
    async with database.work_for(who.organization_id) as work:
        device, document = await change_config(
            work, who, device_id, body, if_match=if_match, settings=settings
        )
    return JsonAnswer(document.model_dump(mode="json"), headers={"ETag": config_etag(device)})
