"""What the application makes once for this room: the drawing of pages."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.web.rendering import Pages


def pages_of(connection: HTTPConnection) -> Pages:
    """The pages, kept as `app.state.pages`."""
    pages: Pages = connection.app.state.pages
    return pages


ThePages = Annotated[Pages, Depends(pages_of)]
