"""The database: one unit of work per request or worker turn, behind row-level security.

A unit of work is one transaction. `Database.work()` sees only what belongs to no organization
(users, sessions, hashes, work to claim); `Database.work_for(organization_id)` sees that
organization's rows as well, and nothing of any other, because PostgreSQL itself filters by the
setting `app.organization_id` that lives only as long as the transaction.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import URL, Executable, Result, Row, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from cloud.kit.errors import Unavailable
from cloud.kit.living_connections import replace_dead_connections
from cloud.kit.patient_connections import PatientConnection
from cloud.kit.pipelines import BEGIN, COMMIT, LOST_PRIMARY, Statement, send_together
from cloud.kit.plain_cursors import PlainCursor

APP_ROLE = "visant_app"
"""The role that the process works as: it owns no table and cannot bypass row-level security."""

CONNECT_ARGUMENTS = {
    "async_creator_fn": PatientConnection.connect,
    "autocommit": True,  # a unit of work says itself where it begins
    "cursor_factory": PlainCursor,
    "connect_timeout": 3,
    "application_name": "visant",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": (
        "-c statement_timeout=5s -c lock_timeout=3s"
        " -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
    ),
}


class Work:
    """One transaction over the rows that belong to no organization."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once the transaction is durable, and never if it is rolled back."""
        self._after_commit.append(callback)

    async def execute(self, statement: Executable, values: Any = None) -> Result[*tuple[Any, ...]]:
        return await self.session.execute(statement, values)

    async def run(self, statement: Executable, values: Any = None) -> int:
        """Execute a write; the number of rows that it touched."""
        result = await self.session.execute(statement, values)
        return int(getattr(result, "rowcount", 0))

    async def scalar(self, statement: Executable, values: Any = None) -> Any:
        return await self.session.scalar(statement, values)

    async def together(self, *statements: Statement) -> list[list[Any]]:
        """The rows of statements that do not need each other's answers, in one round trip."""
        return await send_together(await self.session.connection(), *statements)

    def add(self, row: object) -> None:
        self.session.add(row)

    async def flush(self) -> None:
        await self.session.flush()

    def committed(self) -> None:
        for callback in self._after_commit:
            callback()


class OrganizationWork(Work):
    """One transaction over one organization's rows; what owned queries ask for."""

    def __init__(self, session: AsyncSession, organization_id: UUID) -> None:
        super().__init__(session)
        self.organization_id = organization_id


class Database:
    """The pool of connections, each working as the application's role."""

    def __init__(self, url: URL, *, pool_size: int = 10) -> None:
        self.url = url
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=5,
            pool_timeout=2,
            pool_use_lifo=True,
            hide_parameters=True,  # an error that is logged must not show what was written
            connect_args=CONNECT_ARGUMENTS,
        )
        replace_dead_connections(self._engine.sync_engine)
        event.listen(self._engine.sync_engine, "connect", _work_as_the_app)
        event.listen(self._engine.sync_engine, "handle_error", _drop_lost_primary)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction outside any organization: committed at the end, or rolled back whole."""
        async with self._session() as session, session.begin():
            await send_together(await session.connection(), BEGIN)
            work = Work(session)
            yield work
        work.committed()

    @asynccontextmanager
    async def work_for(self, organization_id: UUID) -> AsyncIterator[OrganizationWork]:
        """One transaction inside an organization: committed at the end, or rolled back whole."""
        async with self._session() as session, session.begin():
            await send_together(await session.connection(), BEGIN, _inside(organization_id))
            work = OrganizationWork(session, organization_id)
            yield work
        work.committed()

    async def ask(self, statement: Executable, values: Any = None) -> Sequence[Row[Any]]:
        """The rows of one statement outside any organization, a transaction by itself.

        One round trip instead of the three of a unit of work.
        """
        with _our_errors():
            async with self._engine.connect() as connection:
                return (await connection.execute(statement, values)).all()

    async def ask_for(
        self, organization_id: UUID, *statements: Statement
    ) -> tuple[Sequence[Row[Any]], ...]:
        """The rows of a few statements inside an organization, a transaction by themselves.

        One round trip for all of it.
        """
        with _our_errors():
            async with self._engine.connect() as connection:
                _, _, *found, _ = await send_together(
                    connection, BEGIN, _inside(organization_id), *statements, COMMIT
                )
        return tuple(found)

    async def can_bypass_row_security(self) -> bool:
        """Whether the effective role could see through row-level security: then nothing is safe."""
        async with self.work() as work:
            return bool(await work.scalar(CAN_BYPASS))

    async def dispose(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        with _our_errors():
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                yield session


SET_ORGANIZATION = text("SELECT set_config('app.organization_id', :organization_id, true)")


def _inside(organization_id: UUID) -> Statement:
    """What makes the rest of a transaction see an organization's rows."""
    return SET_ORGANIZATION, {"organization_id": str(organization_id)}


CAN_BYPASS = text(
    "SELECT rolsuper OR rolbypassrls OR EXISTS ("
    "  SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relrowsecurity"
    ") FROM pg_roles WHERE rolname = current_user"
)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError:
        raise Unavailable(
            "database_busy", "The database is busy. Try again in a moment.", retry_after=2
        ) from None
    except DBAPIError as error:
        if not (isinstance(error, OperationalError) or error.connection_invalidated):
            raise
        raise Unavailable(
            "database_unavailable",
            "The database cannot be reached right now. Try again in a moment.",
            retry_after=2,
        ) from error


def _work_as_the_app(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET ROLE {APP_ROLE}")
    cursor.close()
    connection.commit()


def _drop_lost_primary(context: ExceptionContext) -> None:
    if getattr(context.original_exception, "sqlstate", None) in LOST_PRIMARY:
        context.is_disconnect = True


def sqlstate_of(error: DBAPIError) -> str | None:
    """The five-letter code by which PostgreSQL names an error, such as `23505`."""
    return getattr(error.orig, "sqlstate", None)


def constraint_of(error: DBAPIError) -> str | None:
    """The constraint that a write broke."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
