"""The folder of the server's socket: the only way in, so it is closed to everyone else."""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from cloud.kit.embedded_postgres.account import Account
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
# A socket's path may have 107 bytes on Linux and 103 on macOS; the server also makes `….lock`.
LONGEST_FOLDER = 103 - len(f"/{SOCKET}")


def choose_socket_folder(folder: Path) -> Path:
    """`sockets/` in the server's own folder, or a short stand-in where that path is too long.

    The stand-in follows from the folder alone: two processes with different temp folders or
    sessions in their environment must come to the same answer.
    """
    own = folder / "sockets"
    if len(os.fsencode(own)) <= LONGEST_FOLDER:
        return own
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path("/tmp", f"visant-{digest}")  # noqa: S108  (checked for its owner before use)


def prepare_socket_folder(sockets: Path, account: Account) -> None:
    """Make the folder, or check that the one found is ours alone and no link.

    Raises EmbeddedPostgresError if somebody else put something there.
    """
    with suppress(FileExistsError):
        sockets.mkdir(mode=0o700)
    found = sockets.lstat()
    is_ours = found.st_uid in {account.uid, os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or not is_ours or found.st_mode & 0o077:
        raise EmbeddedPostgresError(
            f"{sockets} is not a private folder of this user: somebody else put it there;"
            " remove it and start again."
        )
    account.take(sockets)
