"""The database's own folder: made once, whole or not at all, by one major version of PostgreSQL."""

import os
import shutil
from pathlib import Path

from cloud.kit.embedded_postgres.binaries import MAJOR
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError
from cloud.kit.embedded_postgres.home import NAME, Home

INITDB_OPTIONS = (
    f"--username={NAME}",
    "--auth=trust",  # whoever can reach the socket's folder is let in; nobody else can
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # sorts alike on every system and after every upgrade of one
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def ensure_cluster(home: Home, starting: int, *, durable: bool) -> None:
    """Make the cluster if it is not there. `starting` is the descriptor of the held lock.

    Raises EmbeddedPostgresError if it cannot be made, or was made by another major version.
    """
    made_by = home.cluster / "PG_VERSION"
    if not made_by.exists():
        _make_cluster(home, starting, durable=durable)
    elif (found := made_by.read_text().strip()) != str(MAJOR):
        raise EmbeddedPostgresError(
            f"The database in {home.cluster} was made by PostgreSQL {found} and this program"
            f" carries {MAJOR}: move that folder away, or start the version that made it and dump."
        )


def _make_cluster(home: Home, starting: int, *, durable: bool) -> None:
    """Beside, then renamed: a crash half way leaves something that the next start throws away."""
    unfinished = home.folder / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    home.account.take(unfinished)
    sync = () if durable else ("--no-sync",)
    command = [home.programs / "initdb", *INITDB_OPTIONS, *sync, f"--pgdata={unfinished}"]
    # initdb holds the starting lock too: if we are killed, the next start waits until it is done.
    made = home.account.run(command, pass_fds=(starting,))
    if made.returncode != 0:
        raise EmbeddedPostgresError(
            f"No database could be made in {home.folder}: {made.stderr.strip()}"
        )
    unfinished.rename(home.cluster)
    _sync_folder(home.folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
