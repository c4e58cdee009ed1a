"""Bringing the database's schema up to the code's, safe to repeat and to run at once."""

from pathlib import Path

from alembic import command, op
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from cloud.kit.database import APP_ROLE

ROOT = Path(__file__).resolve().parents[2]


class DatabaseNotReady(Exception):
    """The database cannot be brought up to this code; the message says in one sentence why."""


def upgrade_database(url: URL) -> None:
    """Run every migration that is missing, as the owner that the URL logs in as.

    Raises DatabaseNotReady where the database cannot be reached, or is newer than this code.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            config = Config(ROOT / "alembic.ini")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        said = " ".join(str(error.orig).split())
        raise DatabaseNotReady(f"the database cannot be reached: {said}") from error
    except CommandError as error:
        raise DatabaseNotReady(f"the database does not fit this version: {error}") from error
    finally:
        engine.dispose()


def connection_of(config: Config) -> Connection | None:
    """The connection that `upgrade_database` handed over; None on the command line."""
    connection: Connection | None = config.attributes.get("connection")
    return connection


def head_revision() -> str:
    """The revision that this code needs."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # only asked for by /ready

    return str(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).get_current_head())


def create_app_role() -> None:
    """Make the role that the process works as, unless another database here has made it.

    Another database of this server may be about to, and holds the role until all its migrations are
    done. This one is empty still, so that nobody waits for it meanwhile.
    """
    op.execute("SET LOCAL lock_timeout = '60s'")
    op.execute(
        f"""
        DO $$ BEGIN
          CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    op.execute(
        f"""
        DO $$ BEGIN
          GRANT {APP_ROLE} TO CURRENT_USER;
        EXCEPTION WHEN internal_error THEN
          GRANT {APP_ROLE} TO CURRENT_USER;  -- another database here has just done so
        END $$
        """
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {APP_ROLE}")


def open_table(table: str, *, tenant_column: str | None, append_only: bool = False) -> None:
    """Let the application's role use a table; with a tenant column, only behind row security."""
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")
    if tenant_column is None:
        return
    mine = f"{tenant_column} = nullif(current_setting('app.organization_id', true), '')::uuid"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_own ON {table} USING ({mine}) WITH CHECK ({mine})")
