"""Runs migrations on the database that Visant itself would use, one process at a time."""

from contextlib import ExitStack

from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from cloud.kit.migrations import connection_of
from cloud.kit.start import open_database_url
from cloud.tables import METADATA

MIGRATION_LOCK = 7_118_263_518
"""Key of the advisory lock that makes a second process wait for the first."""


def run() -> None:
    connection = connection_of(context.config)
    if connection is not None:
        _migrate(connection)
        return
    with ExitStack() as stack:
        url = open_database_url(stack)
        engine = create_engine(
            url, poolclass=NullPool, connect_args={"options": "-c lock_timeout=3s"}
        )
        with engine.connect() as opened:
            _migrate(opened)
        engine.dispose()


def _migrate(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text("SET lock_timeout = '3s'"))
    connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


run()
