"""A small application with the kit's own answers, and nothing of Visant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp

from cloud.kit.headers import AnswerHeaders
from cloud.kit.intake import BodyBound, install_intake
from cloud.kit.problems import install_problems


class SmallApp(FastAPI):
    """Wrapped from outside as the real one is, so that errors carry the headers too."""

    https = False

    def build_middleware_stack(self) -> ASGIApp:
        return AnswerHeaders(super().build_middleware_stack(), https=self.https)


def make_small_app(bound: int = 1000, **paths: BodyBound) -> SmallApp:
    app = SmallApp()
    app.state.stopping = asyncio.Event()
    install_problems(app)
    install_intake(
        app, BodyBound(bound), {f"/{name}": path_bound for name, path_bound in paths.items()}
    )
    return app


@asynccontextmanager
async def calling(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that calls the application without a network between."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://visant.test") as client:
        yield client
