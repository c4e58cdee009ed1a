"""The addresses for trying out how people are told: a test, a preview, a message sent again."""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from cloud.accounts.access import Admin, Viewer
from cloud.accounts.sessions import Person
from cloud.alerts.documents import delivery_document
from cloud.alerts.mail_pictures import fetch_picture
from cloud.alerts.models import Delivery, DeliveryKind
from cloud.alerts.notification_schemas import PreviewDocument, PreviewKind
from cloud.alerts.schemas import DeliveryDocument, DeliveryList
from cloud.alerts.trying import draft_letter, redeliver, send_test
from cloud.alerts.writing import write_message
from cloud.channels.channel import Message
from cloud.devices.queries import get_device
from cloud.kit.database import Database
from cloud.kit.errors import NotFound
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import Limit, hold_to
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings
from cloud.storage.resources import TheStore
from cloud.storage.store import Store

router = APIRouter(prefix="/v1", tags=["Alerts"])

TEST_MESSAGES = Limit("test_messages", burst=10, seconds=600)


@router.post("/notifications/test", status_code=202, response_model=DeliveryList)
async def test_notifications(who: Admin, request: Request, database: TheDatabase) -> JsonAnswer:
    """Send a test to everybody who is told; each one's answer is at its delivery."""
    await hold_to(request, database, TEST_MESSAGES, str(who.user_id))
    async with database.work_for(who.organization_id) as work:
        return _queued(await send_test(work, who, None))


@router.post(
    "/devices/{device_id}/notifications/test", status_code=202, response_model=DeliveryList
)
async def test_device_notifications(
    who: Admin, request: Request, database: TheDatabase, device_id: str
) -> JsonAnswer:
    """Send a test with a camera's newest picture to everybody who is told of it."""
    await hold_to(request, database, TEST_MESSAGES, str(who.user_id))
    async with database.work_for(who.organization_id) as work:
        return _queued(await send_test(work, who, await get_device(work, device_id)))


@router.get("/notifications/preview", response_model=PreviewDocument)
async def preview_notifications(
    who: Viewer,
    database: TheDatabase,
    settings: TheSettings,
    store: TheStore,
    kind: PreviewKind = "opened",
) -> JsonAnswer:
    """What would be told now of the camera whose picture came last. Nothing is sent."""
    return await _preview(database, settings, store, who, kind, None)


@router.get("/devices/{device_id}/notifications/preview", response_model=PreviewDocument)
async def preview_device_notifications(
    who: Viewer,
    database: TheDatabase,
    settings: TheSettings,
    store: TheStore,
    device_id: str,
    kind: PreviewKind = "opened",
) -> JsonAnswer:
    """What would be told now of a camera, with its real picture. Nothing is sent."""
    return await _preview(database, settings, store, who, kind, device_id)


@router.post(
    "/deliveries/{delivery_id}/redeliver", status_code=202, response_model=DeliveryDocument
)
async def post_redeliver(who: Admin, database: TheDatabase, delivery_id: str) -> JsonAnswer:
    """Send a message again, under its own id. 409 while it is on its way."""
    async with database.work_for(who.organization_id) as work:
        delivery = await redeliver(work, who, _parse_delivery_id(delivery_id))
        return JsonAnswer(delivery_document(delivery), 202)


def _queued(deliveries: Sequence[Delivery]) -> JsonAnswer:
    documents = [delivery_document(each) for each in deliveries]
    return JsonAnswer({"deliveries": documents, "next_cursor": None}, 202)


async def _preview(
    database: Database,
    settings: Settings,
    store: Store,
    who: Person,
    kind: PreviewKind,
    device_id: str | None,
) -> JsonAnswer:
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id) if device_id else None
        letter = await draft_letter(work, DeliveryKind(kind), device, who.email)
    picture = await fetch_picture(store, letter.capture) if letter.capture else None
    return JsonAnswer(_preview_document(write_message(letter, picture, settings)))


def _preview_document(message: Message) -> dict[str, Any]:
    html = message.html
    for picture in message.inline_images:
        data = base64.b64encode(picture.jpeg).decode()
        html = html.replace(f"cid:{picture.cid}", f"data:image/jpeg;base64,{data}")
    return {
        "subject": message.subject,
        "text": message.text,
        "html": html,
        "webhook": message.data,
    }


def _parse_delivery_id(delivery_id: str) -> UUID:
    try:
        return UUID(delivery_id)
    except ValueError:
        raise NotFound("delivery_not_found", "There is no such message.") from None
