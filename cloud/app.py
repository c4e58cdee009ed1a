"""The application: makes each long-lived thing once, hands it down, mounts the rooms' routes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import URL
from starlette.types import ASGIApp

from cloud import health, legacy
from cloud.accounts import member_routes
from cloud.accounts import routes as accounts
from cloud.accounts.cookies import cookie_name
from cloud.accounts.hashing import Hasher
from cloud.accounts.resources import make_identity
from cloud.alerts import notification_routes, snooze_routes, trying_routes
from cloud.alerts import routes as alerts
from cloud.captures import (
    acknowledging_routes,
    command_sockets,
    event_routes,
    event_sockets,
    gap_routes,
    upload_routes,
)
from cloud.captures import routes as captures
from cloud.captures.waiting import WAITERS_IN_ALL, WAITERS_OF_NETWORK
from cloud.channels.making import make_channels, make_mail_channel
from cloud.descriptions import routes as descriptions
from cloud.descriptions import template_routes
from cloud.devices import admin_routes, camera_routes, command_routes, organization_routes
from cloud.devices import routes as devices
from cloud.devices.command_streams import CommandStreams
from cloud.evaluation import effect_routes as effects
from cloud.evaluation.budget import routes as budget_routes
from cloud.evaluation.drafting import routes as drafting_routes
from cloud.evaluation.making import make_classifiers, warn_of_models
from cloud.evaluation.replay import routes as replays
from cloud.evaluation.transport import ModelTransport
from cloud.events.stream import EventStreams
from cloud.kit.access import roll_call
from cloud.kit.bells import Bells
from cloud.kit.cors import CrossOrigin
from cloud.kit.database import Database
from cloud.kit.head import HeadAsGet
from cloud.kit.headers import AnswerHeaders
from cloud.kit.intake import BodyBound, install_intake, refuse_nul
from cloud.kit.openapi import complete_document
from cloud.kit.problems import install_problems
from cloud.kit.seats import Seats
from cloud.kit.settings import Settings, Workers
from cloud.kit.sockets import UNNAMED_IN_ALL, UNNAMED_OF_NETWORK
from cloud.operations import admin_routes as platform_routes
from cloud.operations import leaving_routes
from cloud.operations import routes as operations
from cloud.sharing import public_routes as shared
from cloud.sharing import routes as sharing
from cloud.storage.filesystem import FilesystemStore
from cloud.triggers import routes as triggers
from cloud.triggers import schedule_routes
from cloud.watch import review_routes
from cloud.watch import routes as watch
from cloud.watch.day_counts import DayCounts
from cloud.watch.digest import preview_routes
from cloud.web.problems import render_problem
from cloud.web.routes import PUBLIC_MOUNTS, install_pages
from cloud.workers import start_workers
from device.wire import CAPTURES_PATH
from version import __version__

ROUTERS: Sequence[APIRouter] = (
    upload_routes.router,  # what cameras ask for most is what a path is compared with first
    camera_routes.router,
    accounts.router,
    admin_routes.router,
    devices.router,
    command_routes.router,
    acknowledging_routes.router,
    command_sockets.router,
    triggers.router,
    schedule_routes.router,
    organization_routes.router,
    member_routes.router,
    leaving_routes.router,
    operations.router,
    platform_routes.router,
    watch.router,
    review_routes.router,
    descriptions.router,
    template_routes.router,
    drafting_routes.router,
    replays.router,
    budget_routes.router,
    effects.router,
    captures.router,
    gap_routes.router,
    alerts.router,
    snooze_routes.router,
    notification_routes.router,
    trying_routes.router,
    preview_routes.router,
    sharing.router,
    shared.router,
    event_routes.router,
    event_sockets.router,
    legacy.router,
)

MAX_BODY_BYTES = 1024 * 1024

API_DESCRIPTION = """Cameras look at things that should stay as they are, and models judge what
they see. Times are RFC 3339 with a zone, ids are text, fields that are not known are refused.
Lists come newest first, a page at a time: `next_cursor` is the `cursor` of the next page, and null
on the last. Whatever goes wrong is answered with a Problem."""

API_PREFIX = "/v1/"
"""What pages of other sites may call, where the operator has named them."""


class Visant(FastAPI):
    """A FastAPI whose answers all carry the headers of a strict site, those of errors too."""

    def build_middleware_stack(self) -> ASGIApp:
        settings: Settings = self.state.settings
        https = settings.base_url.startswith("https://")
        inner = HeadAsGet(super().build_middleware_stack())
        readable = CrossOrigin(inner, origins=settings.cors_allowed_origins, prefix=API_PREFIX)
        return AnswerHeaders(readable, https=https)

    def openapi(self) -> dict[str, Any]:
        """The API document; pages are not in it."""
        if self.openapi_schema is None:
            name = cookie_name(self.state.settings)
            complete_document(super().openapi(), self.state.routes, cookie_name=name)
        return super().openapi()


def make_app(settings: Settings, database_url: URL) -> FastAPI:
    """One process's application. Raises UndeclaredRoute where a route has no gate."""
    app = Visant(
        title="Visant",
        version=__version__,
        description=API_DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # its redirect would lead from https to http, with what was sent
        dependencies=[Depends(refuse_nul)],
    )
    _make_resources(app, settings, database_url)
    install_intake(app, BodyBound(MAX_BODY_BYTES), {CAPTURES_PATH: _capture_bound(settings)})
    app.include_router(health.router)
    if settings.workers is Workers.ONLY:
        install_problems(app)
    else:
        _serve_people_and_devices(app, settings)
    app.state.routes = roll_call(app, public_mounts=PUBLIC_MOUNTS)
    return app


def _serve_people_and_devices(app: FastAPI, settings: Settings) -> None:
    install_problems(app, render_problem)
    for router in ROUTERS:
        app.include_router(router)
    install_pages(app, settings)


def _make_resources(app: FastAPI, settings: Settings, database_url: URL) -> None:
    database = Database(database_url)
    bells = Bells(database_url)
    store = FilesystemStore(settings.data_directory / "captures")
    app.state.settings = settings
    app.state.database = database
    app.state.bells = bells
    app.state.store = store
    app.state.day_counts = DayCounts()
    app.state.stopping = asyncio.Event()
    app.state.hasher = Hasher()
    app.state.identity = make_identity(database, app.state.hasher)
    app.state.mail_channel = make_mail_channel(settings)
    app.state.model_transport = ModelTransport()
    app.state.classifiers = make_classifiers(settings, database, store, app.state.model_transport)
    app.state.channels = make_channels(settings, app.state.mail_channel)
    app.state.event_streams = EventStreams(database, bells, ping_seconds=settings.sse_ping_seconds)
    app.state.command_streams = CommandStreams(database, bells, settings)
    app.state.waiters = Seats(of_network=WAITERS_OF_NETWORK, in_all=WAITERS_IN_ALL)
    app.state.unnamed_sockets = Seats(of_network=UNNAMED_OF_NETWORK, in_all=UNNAMED_IN_ALL)
    app.state.worker_pulse = health.WorkerPulse({})
    app.state.checking = health.Checking()


def _capture_bound(settings: Settings) -> BodyBound:
    overhead = upload_routes.FORM_OVERHEAD_BYTES
    return BodyBound(settings.max_upload_bytes + overhead, "capture_too_large")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    warn_of_models(app.state.settings)
    tasks = start_workers(app.state)
    app.state.worker_pulse.tasks.update(tasks)
    ending = asyncio.create_task(_end_streams(app))
    preparing = asyncio.create_task(_prepare_pages(app))
    try:
        yield
    finally:
        running = [*tasks.values(), ending, preparing]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await app.state.model_transport.aclose()
        await app.state.database.dispose()
        app.state.store.close()


async def _prepare_pages(app: FastAPI) -> None:
    """Or the first visitor after a start would wait for what every page is drawn with."""
    if app.state.settings.workers is not Workers.ONLY:
        await app.state.pages.prepare()


async def _end_streams(app: FastAPI) -> None:
    """The server waits for open answers, and a stream has no end of its own."""
    await app.state.stopping.wait()
    app.state.event_streams.close()
    app.state.command_streams.close()
