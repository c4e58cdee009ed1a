"""Tells the organization what becomes of its triggers, as their commands go on."""

from sqlalchemy import ColumnElement

from cloud.devices.commands import COMMAND_NEWS
from cloud.devices.models import Command
from cloud.events.append import EventKind, append
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.queue import Claim
from cloud.kit.worker import handle_due
from cloud.triggers.queries import find_asking, trigger_document

CLAIMED_AT_ONCE = 50
LEASE_SECONDS = 10
"""What a killed process was about to tell is late by this at the most."""


async def take_telling_turn(database: Database) -> bool:
    """Tell of each command that has changed; whether there may be more."""
    handled = await handle_due(
        COMMAND_NEWS, _tell, database, limit=CLAIMED_AT_ONCE, lease_seconds=LEASE_SECONDS
    )
    return handled == CLAIMED_AT_ONCE


async def _tell(work: OrganizationWork, claim: Claim) -> None:
    await COMMAND_NEWS.finish(work, claim)
    await tell_of_trigger(work, Command.id == claim.id)


async def tell_of_trigger(work: OrganizationWork, which: ColumnElement[bool]) -> None:
    """Tell how it stands with a trigger, that a condition on it or its command names."""
    asking = await find_asking(work, which)
    if asking is not None:
        document = trigger_document(asking)
        await append(work, EventKind.TRIGGER_UPDATED, document, device_id=asking.unit_id)
