"""The routes of notifications: once for the organization, once as a tab of each camera."""

from fastapi import APIRouter

from cloud.web.notifications import channels, deliveries, escalation, preview, quiet, saving
from cloud.web.notifications.place import EVERYWHERE
from cloud.web.settings.tabs import NOTIFICATIONS, PATH


def _both() -> APIRouter:
    router = APIRouter()
    for prefix in (EVERYWHERE, f"{PATH}/{NOTIFICATIONS.name}"):
        for part in (
            saving.router,
            channels.router,
            quiet.router,
            escalation.router,
            preview.router,
        ):
            router.include_router(part, prefix=prefix)
    return router


ROUTERS = (_both(), deliveries.router)
