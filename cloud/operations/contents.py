"""Which tables hold what is an organization's, and what of them may be taken along.

Asked of the tables themselves, so that no new one can be forgotten: rows have a column
`organization_id`, secrets are hashes, sealed or raw bytes.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, LargeBinary, TableClause
from sqlalchemy import Table as SqlTable

from cloud.kit.models import Table

OF_THE_PLATFORM = frozenset({"units", "activation_codes"})
"""They name an organization and outlive it."""

WORKINGS = frozenset(
    {
        "device_keys",
        "event_counters",
        "exports",
        "invitation_tokens",
        "mailed_links",
        "pairing_codes",
        "queued_work",
        "redemptions",
        "share_tokens",
    }
)
"""They hold hashes, leases and counts: nothing to take along."""


def own_tables() -> Sequence[SqlTable]:
    """The organization's, each before those that refer to it; its own row's table is not one."""
    return [
        table
        for table in Table.metadata.sorted_tables
        if "organization_id" in table.c and table.name not in OF_THE_PLATFORM
    ]


def tables_to_take() -> Sequence[SqlTable]:
    """What an export holds: the organization's own row first."""
    organizations = Table.metadata.tables["organizations"]
    return [organizations, *[table for table in own_tables() if table.name not in WORKINGS]]


def columns_to_take(table: SqlTable) -> list[Column[Any]]:
    return [column for column in table.columns if not _is_secret(column)]


def is_own(table: TableClause) -> Any:
    """The column that says whose a row is."""
    return table.c["id" if table.name == "organizations" else "organization_id"]


def _is_secret(column: Column[Any]) -> bool:
    return (
        isinstance(column.type, LargeBinary)
        or column.name.endswith("_hash")
        or column.name.startswith("sealed_")
    )
