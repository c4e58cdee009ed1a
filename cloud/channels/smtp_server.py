"""Which SMTP server takes our mail, as `SMTP_URL` names it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

_HOST = re.compile(r"[A-Za-z0-9.:-]+", re.ASCII)
_EXAMPLE = "smtp://user:password@mail.example.com:587"


class SmtpUrlError(ValueError):
    """SMTP_URL is wrong; the message is one sentence that names it and holds no password."""


class Security(StrEnum):
    """How the connection is kept private."""

    STARTTLS_IF_OFFERED = "auto"
    STARTTLS = "require"
    NONE = "never"
    TLS = "tls"


@dataclass(frozen=True)
class SmtpServer:
    """Where to hand mail over, and as whom."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_this_machine(self) -> bool:
        """Whether what is sent to it never leaves this machine."""
        return self.host in {"localhost", "127.0.0.1", "::1"}


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:port?starttls=require`, or `smtps://` for TLS from the start.

    Ports default to 587 and 465. `starttls` is `auto` (when the server offers it), `require` or
    `never`. Raises SmtpUrlError.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise SmtpUrlError(f"SMTP_URL is not an address such as {_EXAMPLE}.") from None
    if parts.scheme not in {"smtp", "smtps"}:
        raise SmtpUrlError("SMTP_URL must start with smtp:// or smtps://.")
    if _HOST.fullmatch(host) is None or port == 0:
        raise SmtpUrlError(f"SMTP_URL must name a host and, if any, a port, as in {_EXAMPLE}.")
    if parts.path not in {"", "/"} or parts.fragment:
        raise SmtpUrlError("SMTP_URL ends in a path; a / in a password is written %2F.")
    if (parts.username is None) != (parts.password is None):
        raise SmtpUrlError("SMTP_URL must name both a user and a password, or neither.")
    if not unquote(f"{parts.username}{parts.password}").isascii():
        raise SmtpUrlError("SMTP_URL holds a user or password that is not ASCII.")
    return SmtpServer(
        host=host,
        port=port or (465 if parts.scheme == "smtps" else 587),
        security=_read_security(parts.scheme, parts.query),
        username=_unquote(parts.username),
        password=_unquote(parts.password),
    )


def _read_security(scheme: str, query: str) -> Security:
    options = dict(parse_qsl(query, keep_blank_values=True))
    chosen = options.pop("starttls", None)
    if options:
        raise SmtpUrlError("SMTP_URL knows one option only: starttls.")
    if scheme == "smtps":
        if chosen is not None:
            raise SmtpUrlError("SMTP_URL needs no starttls with smtps://, which is TLS at once.")
        return Security.TLS
    if chosen not in {None, "auto", "require", "never"}:
        raise SmtpUrlError("SMTP_URL takes starttls=auto, starttls=require or starttls=never.")
    return Security(chosen or "auto")


def _unquote(text: str | None) -> str | None:
    return None if text is None else unquote(text)
