"""Where the pages' own files (CSS, modules, font, icons) are, under one address per content.

All files share one version, a hash of everything in the folder, and it stands in the *path*:
`/static/3fa9c1d27b60/js/live.js`. So relative imports and CSS `url()` carry it along by
themselves, and a browser may keep what it has for ever.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

STATIC_DIRECTORY = Path(__file__).parent / "static"
STATIC_PATH = "/static"
VERSION_LENGTH = 12


@dataclass(frozen=True)
class Assets:
    """A folder of static files as it was when the process started."""

    directory: Path
    version: str
    path: str = STATIC_PATH
    """Where the folder is served."""

    def url(self, name: str) -> str:
        """The address of one file, such as `css/base.css`.

        Raises FileNotFoundError for a file that is not there, so that a typing slip in a template
        shows in its test and not as a page without its looks.
        """
        if not (self.directory / name).is_file():
            raise FileNotFoundError(f"no static file {name}")
        return f"{self.path}/{self.version}/{name}"


def read_assets(directory: Path = STATIC_DIRECTORY, path: str = STATIC_PATH) -> Assets:
    """Hash every file under `directory`, by name and content, into one version."""
    digest = hashlib.sha256()
    for file in sorted(directory.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(directory).as_posix().encode() + b"\0")
            digest.update(file.read_bytes())
    return Assets(directory, digest.hexdigest()[:VERSION_LENGTH], path)
