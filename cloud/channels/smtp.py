"""E-mail over SMTP, one message and one recipient at a time."""

import asyncio
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage

from cloud.channels.channel import DeliveryFailed, Message
from cloud.channels.email_message import build_email
from cloud.channels.plain_words import clean_line
from cloud.channels.smtp_server import Security, SmtpServer
from cloud.kit.clock import utc_now

TOTAL_SECONDS = 20.0
_LONGEST_ANSWER = 500


class SmtpChannel:
    """A Channel to one SMTP server. `close` ends its threads.

    The server's 5xx to this message (its sender, recipient or content) is permanent. Everything
    else may pass: 4xx, no connection, a broken certificate, a login refused until it is put right.
    """

    def __init__(
        self,
        server: SmtpServer,
        sender: Address,
        *,
        threads: int = 4,
        total_seconds: float = TOTAL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._total_seconds = total_seconds
        self._tls = tls or ssl.create_default_context()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="smtp")

    async def send(self, message: Message) -> str:
        """Hand the message over within 20 s, waiting for a free thread included."""
        email = build_email(message, self._sender, utc_now())
        attempt = _Attempt(self._server, self._sender.domain, self._tls, self._total_seconds)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._total_seconds):
                return await loop.run_in_executor(self._threads, attempt.run, email)
        except TimeoutError:
            answer = f"no answer within {self._total_seconds:g} seconds"
            raise DeliveryFailed(permanent=False, answer=answer) from None
        finally:
            attempt.abort()

    def close(self) -> None:
        """Let what is under way finish, then end the threads."""
        self._threads.shutdown()


class _Attempt:
    """One conversation with the server, in a thread; `abort` cuts it off from another."""

    def __init__(
        self, server: SmtpServer, our_name: str, tls: ssl.SSLContext, seconds: float
    ) -> None:
        self._server = server
        self._our_name = our_name  # given, because the library would ask the DNS for one
        self._tls = tls
        self._seconds = seconds
        self._client: smtplib.SMTP | None = None

    def run(self, email: EmailMessage) -> str:
        """Connect, hand the message over, leave; give the server's answer to the message."""
        try:
            client = self._client = self._connect()
            try:
                self._secure(client)
                return _hand_over(client, email)
            finally:
                with suppress(smtplib.SMTPException, OSError):  # taken is taken
                    client.quit()
                client.close()
        except smtplib.SMTPResponseException as error:
            answer = _write_answer(error.smtp_code, _as_bytes(error.smtp_error))
            raise DeliveryFailed(permanent=False, answer=answer) from None
        except (smtplib.SMTPException, OSError) as error:
            answer = clean_line(str(error) or type(error).__name__, _LONGEST_ANSWER)
            raise DeliveryFailed(permanent=False, answer=answer) from None

    def abort(self) -> None:
        """End the conversation, if there is one, so that its thread is free again."""
        if self._client is not None and self._client.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._client.sock, socket.SHUT_RDWR)

    def _connect(self) -> smtplib.SMTP:
        host, port, name = self._server.host, self._server.port, self._our_name
        if self._server.security is Security.TLS:
            return smtplib.SMTP_SSL(host, port, name, timeout=self._seconds, context=self._tls)
        return smtplib.SMTP(host, port, name, timeout=self._seconds)

    def _secure(self, client: smtplib.SMTP) -> None:
        """Turn TLS on as asked, then log in; a password never leaves this machine in clear."""
        client.ehlo_or_helo_if_needed()
        security = self._server.security
        offered = security is Security.STARTTLS_IF_OFFERED and client.has_extn("starttls")
        private = security is Security.TLS
        if offered or security is Security.STARTTLS:
            client.starttls(context=self._tls)
            private = True
        if self._server.username is None or self._server.password is None:
            return
        if not (private or self._server.is_this_machine or security is Security.NONE):
            raise smtplib.SMTPNotSupportedError(
                "the server offers no STARTTLS, and the password is not sent in clear "
                "unless SMTP_URL says starttls=never"
            )
        client.login(self._server.username, self._server.password)


def _hand_over(client: smtplib.SMTP, email: EmailMessage) -> str:
    _require_success(*client.mail(email["From"].addresses[0].addr_spec))
    _require_success(*client.rcpt(email["To"].addresses[0].addr_spec))
    try:
        code, answer = client.data(email.as_bytes())
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, _as_bytes(error.smtp_error)
    _require_success(code, answer)
    return _write_answer(code, answer)


def _require_success(code: int, answer: bytes) -> None:
    """By the first digit (RFC 5321, 4.2.1): 2 is taken, 5 will never be taken."""
    if code // 100 != 2:  # noqa: PLR2004 - see above
        raise DeliveryFailed(permanent=code // 100 == 5, answer=_write_answer(code, answer))  # noqa: PLR2004 - see above


def _write_answer(code: int, answer: bytes) -> str:
    return clean_line(f"{code} {answer.decode('utf-8', 'replace')}", _LONGEST_ANSWER)


def _as_bytes(answer: bytes | str) -> bytes:
    return answer.encode() if isinstance(answer, str) else answer
