"""A factory's user as the person behind a request, and what such a person chooses."""

from typing import Any

from cloud.accounts.models import Role, SessionKind
from cloud.accounts.sessions import Person
from cloud.alerts.notifications import change_notifications
from cloud.alerts.recipients import Destination
from cloud.channels.channel import ChannelKind
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.sealing import Seal
from tests.factories import Someone


def person(someone: Someone) -> Person:
    return Person(
        user_id=someone.user_id,
        organization_id=someone.organization_id,
        email=someone.email,
        name="Somebody",
        role=Role.OWNER,
        email_verified=True,
        is_platform_admin=False,
        preferences={},
        session_id=new_id(),
        session_kind=SessionKind.API,
        address="127.0.0.1",
    )


SEAL = Seal("a secret key of tests, long enough")


async def choose(database: Database, someone: Someone, **changes: Any) -> None:
    """Set notifications; `emails` is who is told."""
    emails = changes.pop("emails", None)
    if emails is not None:
        changes["channels"] = [Destination(ChannelKind.EMAIL, each) for each in emails]
    async with database.work_for(someone.organization_id) as work:
        await change_notifications(work, SEAL, person(someone), changes)
