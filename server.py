"""Where a process of Visant begins: `python server.py`, after `alembic upgrade head`.

Reads the settings, finds the database (or starts an embedded one), brings its schema up to date,
and serves until it is told to stop.
"""

import asyncio
import gc
import sys
from contextlib import ExitStack

import uvloop
from sqlalchemy import URL

from cloud.app import make_app
from cloud.kit.database import Database
from cloud.kit.embedded_postgres import EmbeddedPostgresError
from cloud.kit.logs import configure_logs, get_logger
from cloud.kit.migrations import DatabaseNotReady, upgrade_database
from cloud.kit.server import make_server
from cloud.kit.settings import LogFormat, Settings, SettingsError, load_settings
from cloud.kit.start import open_database_url

log = get_logger("visant")

NEW_OBJECTS = 20_000
"""After so many the collector of garbage looks at the youngest."""


def main() -> int:
    """Run one process; its exit status."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"Visant does not start: {error}.", file=sys.stderr)  # noqa: T201  # before any log
        return 2
    configure_logs(as_json=_logs_as_json(settings))
    with ExitStack() as stack:
        try:
            url = open_database_url(stack, settings)
            upgrade_database(url)
        except (EmbeddedPostgresError, DatabaseNotReady) as error:
            log.error("not_started", reason=str(error))  # noqa: TRY400  # one sentence says it
            return 2
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, url))


async def _serve(settings: Settings, url: URL) -> int:
    if settings.production and await _sees_through_walls(url):
        log.error("not_started", reason="the database role could bypass row-level security")
        return 2
    _say_what_is_missing(settings)
    app = make_app(settings, url)
    # What is here now stays until the end: the collector of garbage need not go through it again
    # and again, which takes a large process half a second, in which nobody is answered. Nor need it
    # look after every 700 new objects, as it does by itself: one request makes more, and hardly any
    # of them in circles.
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    server = make_server(
        app, host=settings.listen_host, port=settings.port, stopping=app.state.stopping
    )
    log.info("serving", address=settings.base_url, port=settings.port)
    await server.serve()
    return 0 if server.started else 1


async def _sees_through_walls(url: URL) -> bool:
    database = Database(url, pool_size=1)
    try:
        return await database.can_bypass_row_security()
    finally:
        await database.dispose()


def _say_what_is_missing(settings: Settings) -> None:
    if settings.smtp_url is None and settings.sendgrid_api_key is None:
        where = (
            "nowhere until SENDGRID_API_KEY or SMTP_URL is set"
            if settings.production
            else "to /dev/mailbox"
        )
        log.warning("no_mail_channel", mail_goes=where)
    if settings.base_url.startswith("http://") and settings.production:
        log.warning("no_https", consequence="sign-ins travel in clear: use https in PUBLIC_URL")


def _logs_as_json(settings: Settings) -> bool:
    if settings.log_format is None:
        return settings.production
    return settings.log_format is LogFormat.JSON


if __name__ == "__main__":
    sys.exit(main())
