"""What the application makes once for this room."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloud.accounts.hashing import Hasher
from cloud.accounts.identity import IdentityProvider
from cloud.accounts.local import LocalIdentity
from cloud.kit.database import Database


def make_identity(database: Database, hasher: Hasher) -> IdentityProvider:
    """The identity provider, to be kept as `app.state.identity`."""
    return LocalIdentity(database, hasher)


async def _identity(connection: HTTPConnection) -> IdentityProvider:
    identity: IdentityProvider = connection.app.state.identity
    return identity


async def _hasher(connection: HTTPConnection) -> Hasher:
    hasher: Hasher = connection.app.state.hasher
    return hasher


TheIdentity = Annotated[IdentityProvider, Depends(_identity)]
TheHasher = Annotated[Hasher, Depends(_hasher)]
