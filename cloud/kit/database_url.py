"""`DATABASE_URL` in any of its common spellings, as the one that SQLAlchemy and psycopg 3 take."""

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

POSTGRESQL_SPELLINGS = frozenset(
    {
        "postgres",
        "postgresql",
        "postgresql+psycopg",
        "postgresql+psycopg2",
        "postgresql+asyncpg",
        "postgresql+psycopg_async",
    }
)


def normalize_database_url(text: str) -> URL:
    """The address with the driver this project uses. ValueError names what is wrong with it."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise ValueError(
            "DATABASE_URL is not an address such as postgresql://user:password@host/name"
        ) from None
    if url.drivername not in POSTGRESQL_SPELLINGS:
        raise ValueError(
            f"DATABASE_URL starts with {url.drivername}://, but Visant runs on postgresql:// only"
        )
    return url.set(drivername="postgresql+psycopg")
