"""What the application makes once for this room: the drawing of pages."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.web.rendering import Pages


def pages_of(connection: HTTPConnection) -> Pages:
    """The pages, kept as `app.state.pages`."""
    pages: Pages = connection.app.state.pages
    return pages


async def _pages(connection: HTTPConnection) -> Pages:
    return pages_of(connection)


ThePages = Annotated[Pages, Depends(_pages)]
