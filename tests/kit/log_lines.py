"""Hearing what is logged, by the same formatter as in production."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import structlog

from cloud.kit.logs import configure_logs


@contextmanager
def logs(*, as_json: bool = True) -> Iterator[io.StringIO]:
    """What is logged meanwhile; afterwards all is as it was."""
    root, said = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in ("httpx2", "uvicorn.error", "alembic")}
    with redirect_stderr(said):
        configure_logs(as_json=as_json)
    yield said
    root.handlers, root.level = handlers, level
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()
