"""Logs: one line a happening, JSON in production, readable in development, no secrets in either."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, cast

import structlog

SECRET_PATTERN = re.compile(r"(vdk_|vsh_|vst_|vrt_|vot_|vml_|whsec_)[A-Za-z0-9_+/-]{8,}")
TOKEN_IN_URL = re.compile(r"([?&](?:token|invitation)=|/s/)[A-Za-z0-9_%-]{8,}")


def configure_logs(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send the standard library's and our own log lines through one formatter to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else _console()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if as_json else _unchanged,
            renderer,
            _redact_line,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("httpx2", "uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _console() -> structlog.dev.ConsoleRenderer:
    """Readable lines. Tracebacks are plain: richer ones show local variables, also secret ones."""
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))


def redact_text(text: str) -> str:
    return TOKEN_IN_URL.sub(r"\1…", SECRET_PATTERN.sub(r"\1…", text))


def _redact_line(_logger: object, _method: str, line: Any) -> str:
    """Blank what looks like one of our secrets, wherever in the finished line it stands."""
    return redact_text(line)


def _unchanged(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return event
