"""Finds out that the server has closed a pooled connection, before anybody is given it.

An idle connection has nothing to say. When its server stops, crashes or ends it, the socket becomes
readable, which one cheap call tells; only then is the server asked. A question at every checkout,
as SQLAlchemy's `pool_pre_ping` does it, would be one more round trip for every unit of work.
"""

import select

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError


def replace_dead_connections(engine: Engine) -> None:
    """Have a connection that is dead replaced at checkout, and with it all of its age."""

    def check(connection: DBAPIConnection, _record: object, _holder: object) -> None:
        try:
            if _has_something_to_say(connection):
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the server has closed this connection") from error

    event.listen(engine, "checkout", check)


def _has_something_to_say(connection: DBAPIConnection) -> bool:
    poll = select.poll()
    poll.register(connection.driver_connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
