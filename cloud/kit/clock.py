"""The time, in UTC, and the one way it is written down."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now by this machine's clock. Leases go by the database's clock instead."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T07:30:00.123Z`: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
