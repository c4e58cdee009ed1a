"""Several statements in one round trip: PostgreSQL's pipeline mode.

SQLAlchemy waits for each statement's answer before it sends the next, and what it does around a
statement takes longer than the statement. Where a transaction writes several rows that do not need
each other's answers, as that of every picture, they are sent together, straight to the driver.
"""

from functools import cache
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Delete, Dialect, Insert, Select, TextClause, Update, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

LOST_PRIMARY = frozenset({"25006", "57P01", "57P02", "57P03"})
"""Read-only or shutting down: this connection will not become useful again."""

Clause = TextClause | Insert | Update | Delete | Select[*tuple[Any, ...]]

Statement = tuple[Clause, dict[str, Any]]
"""What is to be executed, with its values as the driver takes them: JSON as its `Jsonb`."""


BEGIN: Statement = (text("BEGIN"), {})
COMMIT: Statement = (text("COMMIT"), {})


async def send_together(connection: AsyncConnection, *statements: Statement) -> list[list[Any]]:
    """The rows of each, in the order of the statements; of one that returns nothing, none.

    They are executed in this order. Raises SQLAlchemy's DBAPIError for the first that fails: those
    after it are not executed.
    """
    fairy = await connection.get_raw_connection()
    driver: psycopg.AsyncConnection[Any] = fairy.driver_connection  # type: ignore[assignment]
    try:
        async with driver.pipeline():
            cursors = [
                await driver.cursor(row_factory=namedtuple_row).execute(*_spell(*each))
                for each in statements
            ]
        return [await each.fetchall() if each.description else [] for each in cursors]
    except psycopg.Error as error:
        in_between = driver.info.pipeline_status is not PipelineStatus.OFF
        is_lost = driver.broken or in_between or error.sqlstate in LOST_PRIMARY
        if is_lost:
            await connection.invalidate()
        raise DBAPIError.instance(
            None,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=connection.dialect,
        ) from error
    except BaseException:
        # Whoever gives up leaves answers on their way, which the next would take for theirs.
        await connection.invalidate()
        raise


def _spell(statement: Clause, values: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """As the driver takes it, with its values and those that stand in the statement itself."""
    spelled, constants = _compiled(statement, tuple(values))
    return spelled, constants | values


@cache
def _compiled(statement: Clause, names: tuple[str, ...]) -> tuple[bytes, dict[str, Any]]:
    """Statements are constants, so each is put together once.

    An insert is of the columns that there are values for.
    """
    columns = list(names) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=DIALECT, column_keys=columns)
    given = {name for name, bound in compiled.binds.items() if not bound.required}
    constants = {name: value for name, value in compiled.params.items() if name in given}
    return str(compiled).encode(), constants


DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
