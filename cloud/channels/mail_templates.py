"""What all mails have in common: how their templates are read, their frame, their Message-IDs."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

NOT_IN_A_HOST = re.compile(r"[^A-Za-z0-9.-]+")


def open_mail_templates(folder: Path) -> Environment:
    """A room's templates, which extend the frame here. What goes into HTML is escaped."""
    return Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent / "templates"]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def make_message_id(row_id: UUID, base_url: str) -> str:
    """The same at every attempt, so that a mail sent twice can be known as one."""
    host = urlsplit(base_url).hostname or "visant"
    return f"{row_id}@{NOT_IN_A_HOST.sub('-', host)}"
