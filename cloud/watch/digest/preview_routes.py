"""The address of an organization's previews: of what an incident tells, and of the digest."""

from fastapi import APIRouter

from cloud.accounts.access import Viewer
from cloud.alerts.models import DeliveryKind
from cloud.alerts.notification_schemas import AnyPreviewKind, PreviewDocument
from cloud.alerts.previewing import draw_incident_message, preview_document
from cloud.kit.json import JsonAnswer
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.storage.resources import TheStore
from cloud.watch.digest.preview import draw_digest

router = APIRouter(prefix="/v1", tags=["Alerts"])


@router.get("/notifications/preview", response_model=PreviewDocument)
async def preview_notifications(
    who: Viewer,
    database: TheDatabase,
    settings: TheSettings,
    store: TheStore,
    kind: AnyPreviewKind = "opened",
) -> JsonAnswer:
    """What would be told now of the camera whose picture came last; with `digest`, of a day.

    Nothing is sent.
    """
    if kind == "digest":
        message = await draw_digest(database, settings, who)
    else:
        message = await draw_incident_message(
            database, store, settings, who, DeliveryKind(kind), None
        )
    return JsonAnswer(preview_document(message))
