"""A real SMTP server on loopback that takes, refuses, hangs or drops, as it is told."""
# ruff: noqa: ARG002, N802 - the library calls these methods, so it names them and their arguments

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class SmtpPeer:
    """The handler of one server: what it answers, and what it was given."""

    rcpt: str = "250 OK"
    data: str = "250 2.0.0 queued as 4711"
    hang: bool = False
    drop_before_answer: bool = False
    drop_after_answer: bool = False
    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    hellos: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    was_private: list[bool] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang:
            await asyncio.Event().wait()
        if self.drop_before_answer:
            _drop(server)
        self.hellos.append(str(session.host_name))
        self.was_private.append(_transport(server).get_extra_info("ssl_object") is not None)
        if self.data.startswith("250"):
            self.taken.append(envelope)
        return self.data

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drop_after_answer:
            _drop(server)
        return "221 Bye"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p/ss word", handled=False)


class _Conversation(SMTP):
    """One connection, which tells its peer when it has ended."""

    def connection_lost(self, error: Exception | None) -> None:
        assert isinstance(self.event_handler, SmtpPeer)
        self.event_handler.closed.set()
        super().connection_lost(error)


def _transport(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


def _drop(server: SMTP) -> None:
    _transport(server).abort()


@asynccontextmanager
async def run_peer(
    peer: SmtpPeer,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login_in_clear: bool = False,
) -> AsyncIterator[SmtpPeer]:
    """Serve on a free port of 127.0.0.1 until the block ends."""

    def converse() -> SMTP:
        return _Conversation(
            peer,
            tls_context=starttls,
            authenticator=peer.authenticate,
            auth_require_tls=not login_in_clear,
            timeout=60,
        )

    server = await asyncio.get_running_loop().create_server(converse, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
