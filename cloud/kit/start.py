"""Finding the database at start: the configured one, or an embedded one in the data directory."""

from contextlib import ExitStack

from sqlalchemy import URL

from cloud.kit.database_url import normalize_database_url
from cloud.kit.embedded_postgres import start_embedded
from cloud.kit.settings import Settings, load_settings


def open_database_url(stack: ExitStack, settings: Settings | None = None) -> URL:
    """The database's address; an embedded one is held until the stack closes."""
    settings = settings or load_settings()
    if settings.database_url:
        return normalize_database_url(settings.database_url)
    embedded = start_embedded(settings.data_directory)
    stack.callback(embedded.close)
    return normalize_database_url(embedded.url)
