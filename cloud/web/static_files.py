"""Serves the pages' own files from memory, compressed once, to be kept by browsers for ever."""

import gzip
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cloud.web.assets import Assets

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
WORTH_IT = 0.9
"""What compressing must leave at most of a file."""

COMPRESSED_ALREADY = frozenset({".png", ".woff2"})

KNOWN = {
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""What systems do not agree on."""

IMPORT = re.compile(rb'^@import "(?P<name>[a-z-]+\.css)";$', re.MULTILINE)
"""Of a file in the same folder, and of one that imports nothing itself."""

READ_ALOUD = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class StaticFile:
    media_type: str
    plain: bytes
    compressed: bytes | None


class StaticFiles:
    """An ASGI application over a folder of assets: `/{version}/{name}`.

    A page that another copy of the process drew may name another version, while a new one is being
    rolled out: it gets the file that is here, but not to keep.
    """

    def __init__(self, assets: Assets) -> None:
        self._version = assets.version
        self._files = _read(assets.directory)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        inner = str(scope["path"]).removeprefix(scope.get("root_path", "")).lstrip("/")
        version, _, name = inner.partition("/")
        file = self._files.get(name)
        if file is None or scope["method"] not in READ_ALOUD:
            return Response("There is no such file.", 404, media_type="text/plain")
        headers = {
            "Cache-Control": FOR_EVER if version == self._version else ASK_AGAIN,
            "Vary": "Accept-Encoding",
        }
        if file.compressed and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(file.compressed, headers=headers, media_type=file.media_type)
        return Response(file.plain, headers=headers, media_type=file.media_type)


def _read(directory: Path) -> Mapping[str, StaticFile]:
    return {
        path.relative_to(directory).as_posix(): _read_file(path)
        for path in directory.rglob("*")
        if path.is_file()
    }


def _read_file(path: Path) -> StaticFile:
    plain = _with_imports(path) if path.suffix == ".css" else path.read_bytes()
    if path.suffix in COMPRESSED_ALREADY:
        return StaticFile(_media_type(path), plain, None)
    compressed = gzip.compress(plain, mtime=0)
    is_smaller = len(compressed) < WORTH_IT * len(plain)
    return StaticFile(_media_type(path), plain, compressed if is_smaller else None)


def _with_imports(path: Path) -> bytes:
    """A style sheet with those that it imports in their place, so that a browser asks once."""
    return IMPORT.sub(
        lambda found: (path.parent / found["name"].decode()).read_bytes(), path.read_bytes()
    )


def _media_type(path: Path) -> str:
    return KNOWN.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
