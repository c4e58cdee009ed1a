"""Who is a platform admin: named by `PLATFORM_ADMIN_EMAILS`, or in the data directory's file.

`bin/serve --admin EMAIL` writes that file, so that the name outlives the command.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Row

from cloud.accounts.models import User
from cloud.kit.settings import Settings


def is_platform_admin(user: User | Row[Any], settings: Settings) -> bool:
    """Named as one, and the address is proved to be theirs.

    Of a row `email` and `email_verified_at` are read.
    """
    return user.email_verified_at is not None and user.email in platform_admin_emails(settings)


def platform_admin_emails(settings: Settings) -> frozenset[str]:
    """The addresses named, in lower case."""
    path = _file(settings.data_directory)
    kept = path.read_text().split() if path.exists() else []
    return frozenset(email.lower() for email in (*settings.platform_admin_emails, *kept))


def keep_platform_admin(data_directory: Path, email: str) -> None:
    """Name a platform admin for good."""
    path = _file(data_directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = set(path.read_text().split()) if path.exists() else set()
    path.write_text("\n".join(sorted(kept | {email.strip().lower()})) + "\n")


def _file(data_directory: Path) -> Path:
    return data_directory / "platform_admins"
