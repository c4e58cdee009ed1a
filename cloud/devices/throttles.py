"""How often somebody may try an id or a code that could be guessed."""

from fastapi import Request

from cloud.accounts.sessions import Person
from cloud.kit.addresses import network_of
from cloud.kit.database import Database
from cloud.kit.limits import Limit, hold_to

VALIDATING = Limit("validate", burst=10, seconds=60)
ACTIVATING = Limit("activate", burst=10, seconds=60)
UNITS_BY_ADDRESS = Limit("units_by_address", burst=240, seconds=60)
"""Wider than the person's own limit: a whole company may stand behind one address."""

PAIRING = Limit("pair", burst=10, seconds=60)
HEARTBEATS = Limit("heartbeat", burst=60, seconds=60)
"""Five times what the shortest interval needs."""

LISTENING = Limit("listen", burst=30, seconds=60)
"""A camera that opens its stream this often has something wrong, and costs the others."""

ACKNOWLEDGING = Limit("acknowledge", burst=120, seconds=60)


async def throttle_person(request: Request, database: Database, limit: Limit, who: Person) -> None:
    """Hold a person to a limit, and everyone at that address together. Raises TooManyRequests."""
    await hold_to(request, database, UNITS_BY_ADDRESS, network_of(who.address))
    await hold_to(request, database, limit, str(who.user_id))
