"""All addresses of pages, and what the application needs to answer with pages at all."""

from fastapi import APIRouter, FastAPI

from cloud.kit.settings import Settings
from cloud.web import (
    accounts,
    cameras,
    captures,
    devices,
    figures,
    guide_routes,
    incidents,
    mailbox,
    mailed_actions,
    mailed_links,
    product,
    review,
    saved_filters,
    setting_up,
    shared,
    shares,
    snoozing,
    wizard,
)
from cloud.web.assets import STATIC_PATH
from cloud.web.at_hand import AtHand
from cloud.web.guide import PICTURES_PATH, read_guide
from cloud.web.notifications.routes import ROUTERS as NOTIFICATION_ROUTES
from cloud.web.organization.routes import ROUTERS as ORGANIZATION_ROUTERS
from cloud.web.platform.routes import ROUTERS as PLATFORM_ROUTERS
from cloud.web.rendering import make_pages
from cloud.web.settings.routes import ROUTERS as SETTINGS_ROUTERS
from cloud.web.static_files import StaticFiles

ROUTERS = (
    product.router,
    guide_routes.router,
    accounts.router,
    mailed_links.router,
    mailed_actions.router,
    cameras.router,
    figures.router,
    snoozing.router,
    captures.router,
    review.router,
    saved_filters.router,
    shares.router,
    wizard.router,
    setting_up.router,
    devices.router,
    *SETTINGS_ROUTERS,
    incidents.router,
    *NOTIFICATION_ROUTES,
    *ORGANIZATION_ROUTERS,
    *PLATFORM_ROUTERS,
)

PUBLIC_MOUNTS = frozenset({STATIC_PATH, PICTURES_PATH})


def install_pages(app: FastAPI, settings: Settings) -> None:
    """Make the pages, mount their files, and include their routes.

    No API document lists them, but for what a share link opens.
    """
    app.state.pages = make_pages()
    app.state.at_hand = AtHand()
    app.mount(STATIC_PATH, StaticFiles(app.state.pages.assets))
    app.state.guide = read_guide()
    app.mount(PICTURES_PATH, StaticFiles(app.state.guide.pictures))
    app.include_router(shared.router)
    for router in _routers(settings):
        app.include_router(router, include_in_schema=False)


def _routers(settings: Settings) -> tuple[APIRouter, ...]:
    return ROUTERS if settings.production else (*ROUTERS, mailbox.router)
