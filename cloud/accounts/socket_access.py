"""The gate for people at a WebSocket.

A page of our own is known by its cookie. Whoever else comes says a token, in the header of the
handshake or, as a browser on a named origin must, first thing after it; their cookie counts not.
"""

from typing import Annotated

from fastapi import Depends, WebSocket

from cloud.accounts.access import bearer_token, find_person
from cloud.accounts.cookies import cookie_name
from cloud.accounts.sessions import Person
from cloud.kit import sockets
from cloud.kit.access import Audience
from cloud.kit.addresses import client_address
from cloud.kit.database import Database
from cloud.kit.resources import TheDatabase, TheSettings
from cloud.kit.settings import Settings


class PersonSocketGate:
    """Lets viewers in, and with them everybody above."""

    audience = Audience.VIEWER

    async def __call__(
        self, socket: WebSocket, database: TheDatabase, settings: TheSettings
    ) -> Person | None:
        """Accept and identify; None once the socket is closed again."""
        return await sockets.let_in(socket, settings, lambda: _identify(socket, database, settings))


async def _identify(socket: WebSocket, database: Database, settings: Settings) -> Person:
    """Raises Unauthenticated, TooManyRequests, Unavailable, WebSocketDisconnect."""
    address = client_address(socket, settings.trusted_proxies)
    token = bearer_token(socket)
    if token is None and sockets.comes_from_us(socket, settings):
        token = socket.cookies.get(cookie_name(settings))
    token = token or await sockets.receive_token(socket, address)
    return await find_person(database, settings, token, address)


ViewerAtSocket = Annotated[Person | None, Depends(PersonSocketGate())]
