"""Knowing that somebody waits in the database for what this transaction holds."""

from sqlalchemy import text

SOMEBODY_WAITS = text(
    "SELECT EXISTS (SELECT FROM pg_locks"
    " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)
