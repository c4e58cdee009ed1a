"""A factory's user as the person behind a request."""

from cloud.accounts.models import Role, SessionKind
from cloud.accounts.sessions import Person
from cloud.kit.ids import new_id
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
