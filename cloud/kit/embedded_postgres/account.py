"""Which user of this machine the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError


@dataclass(frozen=True)
class Account:
    """A user and group by number. `is_switched`: we are root, and the server is this user."""

    uid: int
    gid: int
    is_switched: bool

    def run(
        self, command: Sequence[str | Path], *, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this user, in a neutral environment and folder."""
        return subprocess.run(  # noqa: S603  (our own programs and paths, never a shell's words)
            command,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=neutral_environment(),
            pass_fds=pass_fds,
            user=self.uid if self.is_switched else None,
            group=self.gid if self.is_switched else None,
            extra_groups=[] if self.is_switched else None,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may pass every folder on the way, by the system's own judgement."""
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0

    def take(self, folder: Path) -> None:
        """Make a folder of ours belong to this user."""
        if self.is_switched:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)


def choose_account(data_directory: Path) -> Account:
    """Whoever we are; as root, the owner of the data directory, or `nobody` where that is root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_switched=False)
    owner = data_directory.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, is_switched=True)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root and this machine has no user `nobody`:"
            " start as another user, or set DATABASE_URL."
        ) from error
    return Account(nobody.pw_uid, nobody.pw_gid, is_switched=True)


def neutral_environment() -> dict[str, str]:
    """No PGPORT, PGDATA or locale of the caller's may reach the server."""
    return {"PATH": os.defpath, "LC_ALL": "C"}
