"""Where one embedded server lives on this machine: its folder, sockets, programs and account."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog

from cloud.kit.embedded_postgres.account import Account, choose_account
from cloud.kit.embedded_postgres.binaries import find_site, place_binaries
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError
from cloud.kit.embedded_postgres.sockets import PORT, SOCKET, choose_socket_folder

NAME = "visant"  # of the database and of its superuser
FOLDER = "postgres"
SHELTER = Path("/var/lib/visant")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Home:
    """The places of one server. `name` may be a link; `folder` is the real one."""

    name: Path
    folder: Path
    sockets: Path
    programs: Path
    account: Account

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    @property
    def starting_lock(self) -> Path:
        """Held by whoever is starting or stopping the server."""
        return self.folder / "starting.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper for as long as it lives."""
        return self.folder / "keeper.lock"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET

    def url(self, database: str = NAME) -> str:
        return f"postgresql://{NAME}@/{database}?host={quote(str(self.sockets))}&port={PORT}"

    def remove(self) -> None:
        """Delete the database and all that was made for it; the server must have stopped."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.folder)
        if self.name.is_symlink():
            self.name.unlink()


def make_home(data_directory: Path) -> Home:
    """Decide where everything goes and make the folders for it.

    Raises EmbeddedPostgresError if there is no place that the server's account can reach.
    """
    data_directory = data_directory.absolute()
    data_directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    account = choose_account(data_directory)
    folder = _make_folder(data_directory, account)
    programs = place_binaries(find_site(), account, SHELTER)
    return Home(data_directory / FOLDER, folder, choose_socket_folder(folder), programs, account)


def _make_folder(data_directory: Path, account: Account) -> Path:
    folder = data_directory / FOLDER
    if account.is_switched and not folder.exists() and not account.can_enter(data_directory):
        _link_to_shelter(folder)
    if folder.is_symlink() and not folder.exists():
        raise EmbeddedPostgresError(
            f"The database of {data_directory} was at {folder.readlink()} and is gone: put it"
            f" back, or remove {folder} to start an empty one."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.is_switched:
        _open_to_account(folder, account)
    return folder.resolve()


def _link_to_shelter(folder: Path) -> None:
    """The name is random, so that a new data directory at an old path never finds old data."""
    SHELTER.mkdir(mode=0o755, parents=True, exist_ok=True)
    sheltered = Path(tempfile.mkdtemp(prefix="postgres-", dir=SHELTER))
    try:
        folder.symlink_to(sheltered)
    except FileExistsError:  # another process was quicker
        sheltered.rmdir()
        return
    log.warning(
        "database placed elsewhere: its user may not enter the data directory",
        data_directory=str(folder.parent),
        database=str(sheltered),
    )


def _open_to_account(folder: Path, account: Account) -> None:
    """Ours to write, the account's to pass through; no folder above is touched."""
    if folder.is_symlink() and folder.readlink().parent != SHELTER:
        raise EmbeddedPostgresError(
            f"{folder} is a link to {folder.readlink()}: as root only links to {SHELTER} are"
            " followed; name the real folder instead."
        )
    owner = folder.parent.stat()
    descriptor = os.open(folder.resolve(), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
        os.fchmod(descriptor, 0o711)
    finally:
        os.close(descriptor)
    if not account.can_enter(folder.resolve()):
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user it would run as may not enter {folder}:"
            " let others pass through the folders above it (chmod o+x), or set DATABASE_URL."
        )
