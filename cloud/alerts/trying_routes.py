"""The addresses for trying out how people are told: a test, a preview, a message sent again."""

from collections.abc import Sequence

from fastapi import APIRouter, Request

from cloud.accounts.access import Admin, Viewer
from cloud.alerts.documents import told_delivery_document
from cloud.alerts.models import Delivery, DeliveryKind
from cloud.alerts.notification_schemas import PreviewDocument, PreviewKind
from cloud.alerts.previewing import draw_incident_message, preview_document
from cloud.alerts.queries import parse_delivery_id
from cloud.alerts.schemas import DeliveryDocument, DeliveryList
from cloud.alerts.trying import TEST_MESSAGES, redeliver, send_test
from cloud.devices.queries import get_device
from cloud.kit.json import JsonAnswer
from cloud.kit.limits import hold_to
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.storage.resources import TheStore

router = APIRouter(prefix="/v1", tags=["Alerts"])


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
    message = await draw_incident_message(
        database, store, settings, who, DeliveryKind(kind), device_id
    )
    return JsonAnswer(preview_document(message))


@router.post(
    "/deliveries/{delivery_id}/redeliver", status_code=202, response_model=DeliveryDocument
)
async def post_redeliver(who: Admin, database: TheDatabase, delivery_id: str) -> JsonAnswer:
    """Send a message again, under its own id. 409 while it is on its way."""
    async with database.work_for(who.organization_id) as work:
        delivery = await redeliver(work, who, parse_delivery_id(delivery_id))
        return JsonAnswer(told_delivery_document(delivery), 202)


def _queued(deliveries: Sequence[Delivery]) -> JsonAnswer:
    documents = [told_delivery_document(each) for each in deliveries]
    return JsonAnswer({"deliveries": documents, "next_cursor": None}, 202)
