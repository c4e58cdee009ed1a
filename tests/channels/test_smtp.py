"""Mail handed to a real server over loopback, and every way in which it does not take it."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from cloud.channels.channel import DeliveryFailed
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import Security, SmtpServer
from tests.channels.messages import SENDER, make_message
from tests.channels.smtp_peer import SmtpPeer, run_peer


@asynccontextmanager
async def channel_to(
    server: SmtpServer, *, total_seconds: float = 20.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[SmtpChannel]:
    channel = SmtpChannel(server, SENDER, total_seconds=total_seconds, tls=tls)
    try:
        yield channel
    finally:
        await asyncio.to_thread(channel.close)


def server_of(peer: SmtpPeer, **options: str | Security) -> SmtpServer:
    given = {"security": Security.STARTTLS_IF_OFFERED, **options}
    return SmtpServer(host="127.0.0.1", port=peer.port, **given)  # type: ignore[arg-type]


async def fail_to_send(peer: SmtpPeer, *, total_seconds: float = 20.0) -> DeliveryFailed:
    async with run_peer(peer), channel_to(server_of(peer), total_seconds=total_seconds) as channel:
        with pytest.raises(DeliveryFailed) as failed:
            await channel.send(make_message())
        await peer.closed.wait()
    return failed.value


async def test_a_taken_message_gives_the_servers_answer() -> None:
    async with run_peer(SmtpPeer()) as peer, channel_to(server_of(peer)) as channel:
        assert await channel.send(make_message()) == "250 2.0.0 queued as 4711"
    (envelope,) = peer.taken
    assert envelope.mail_from == "alerts@visant.example.com"
    assert envelope.rcpt_tos == ["ann@example.com"]
    assert peer.hellos == ["visant.example.com"]
    assert isinstance(envelope.content, bytes)
    email = message_from_bytes(envelope.content, policy=SMTP)
    assert email["Message-ID"] == "<019a.opened.1@visant.example.com>"
    assert "The vise is gone." in email.as_string()


async def test_a_line_of_one_dot_does_not_end_the_message() -> None:
    text = "before\n.\n..\nQUIT\nafter"
    async with run_peer(SmtpPeer()) as peer, channel_to(server_of(peer)) as channel:
        await channel.send(make_message(text=text))
    (envelope,) = peer.taken
    assert isinstance(envelope.content, bytes)
    body = message_from_bytes(envelope.content, policy=SMTP).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == text


@pytest.mark.parametrize(
    ("peer", "permanent", "answer"),
    [
        (SmtpPeer(rcpt="550 5.1.1 no such user"), True, "550 5.1.1 no such user"),
        (SmtpPeer(rcpt="450 4.2.0 greylisted"), False, "450 4.2.0 greylisted"),
        (SmtpPeer(data="554 5.7.1 spam"), True, "554 5.7.1 spam"),
        (SmtpPeer(data="451 4.3.0 try later"), False, "451 4.3.0 try later"),
    ],
)
async def test_a_refusal_is_permanent_by_its_first_digit(
    peer: SmtpPeer,
    permanent: bool,  # noqa: FBT001 - a table's column
    answer: str,
) -> None:
    failed = await fail_to_send(peer)
    assert (failed.permanent, failed.answer) == (permanent, answer)


async def test_a_long_and_strange_answer_is_cleaned() -> None:
    failed = await fail_to_send(SmtpPeer(data="554 \x1b[31m" + "x" * 500))
    assert failed.answer.startswith("554 [31mxxx")
    assert len(failed.answer) <= 500


async def test_a_hanging_server_is_left_and_its_thread_freed() -> None:
    failed = await fail_to_send(SmtpPeer(hang=True), total_seconds=0.3)
    assert (failed.permanent, failed.answer) == (False, "no answer within 0.3 seconds")


async def test_a_server_that_answers_for_ever_is_left_and_its_thread_freed() -> None:
    left = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"250-more\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        left.set()

    peer = await asyncio.start_server(drip, "127.0.0.1", 0)
    server = SmtpServer("127.0.0.1", peer.sockets[0].getsockname()[1], Security.NONE)
    async with peer, channel_to(server, total_seconds=0.3) as channel:
        with pytest.raises(DeliveryFailed, match="no answer within"):
            await channel.send(make_message())
        await left.wait()


async def test_a_server_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = SmtpServer("127.0.0.1", silent.getsockname()[1], Security.NONE)
        async with channel_to(server, total_seconds=0.3) as channel:
            with pytest.raises(DeliveryFailed, match=r"timed out|no answer") as failed:
                await channel.send(make_message())
    assert not failed.value.permanent


async def test_a_dropped_connection_may_pass() -> None:
    assert not (await fail_to_send(SmtpPeer(drop_before_answer=True))).permanent


async def test_nobody_listening_may_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with channel_to(SmtpServer("127.0.0.1", port, Security.NONE)) as channel:
        with pytest.raises(DeliveryFailed, match="refused") as failed:
            await channel.send(make_message())
    assert not failed.value.permanent


async def test_a_drop_after_the_answer_changes_nothing() -> None:
    peer = SmtpPeer(drop_after_answer=True)
    async with run_peer(peer), channel_to(server_of(peer)) as channel:
        assert (await channel.send(make_message())).startswith("250")
    assert len(peer.taken) == 1


async def test_a_recipient_that_is_no_address_never_reaches_the_server() -> None:
    async with run_peer(SmtpPeer()) as peer, channel_to(server_of(peer)) as channel:
        with pytest.raises(DeliveryFailed) as failed:
            await channel.send(make_message("a@example.com\r\nRCPT TO:<eve@example.com>"))
    assert failed.value.permanent
    assert not peer.closed.is_set()


async def test_messages_are_sent_beside_each_other() -> None:
    async with run_peer(SmtpPeer()) as peer, channel_to(server_of(peer)) as channel:
        messages = [make_message(f"reader{number}@example.com") for number in range(12)]
        await asyncio.gather(*(channel.send(message) for message in messages))
    assert sorted(envelope.rcpt_tos[0] for envelope in peer.taken) == sorted(
        message.to for message in messages
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for 127.0.0.1 in one file, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - all of it is ours
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.mark.parametrize("security", [Security.STARTTLS_IF_OFFERED, Security.STARTTLS])
async def test_starttls_is_used_where_it_is_offered(
    server_tls: ssl.SSLContext, trusting: ssl.SSLContext, security: Security
) -> None:
    async with run_peer(SmtpPeer(), starttls=server_tls) as peer:
        server = server_of(peer, security=security, username="visant", password="p/ss word")
        async with channel_to(server, tls=trusting) as channel:
            await channel.send(make_message())
    assert peer.was_private == [True]
    assert peer.logins == [(b"visant", b"p/ss word")]


async def test_tls_from_the_start(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    async with (
        run_peer(SmtpPeer(), tls=server_tls) as peer,
        channel_to(server_of(peer, security=Security.TLS), tls=trusting) as channel,
    ):
        assert (await channel.send(make_message())).startswith("250")
    assert peer.was_private == [True]


async def test_an_unknown_certificate_is_not_trusted(server_tls: ssl.SSLContext) -> None:
    async with (
        run_peer(SmtpPeer(), starttls=server_tls) as peer,
        channel_to(server_of(peer)) as channel,
    ):
        with pytest.raises(DeliveryFailed, match="certificate") as failed:
            await channel.send(make_message())
    assert not failed.value.permanent
    assert peer.taken == []


async def test_required_starttls_that_is_not_offered_sends_nothing() -> None:
    async with (
        run_peer(SmtpPeer()) as peer,
        channel_to(server_of(peer, security=Security.STARTTLS)) as channel,
    ):
        with pytest.raises(DeliveryFailed, match="STARTTLS"):
            await channel.send(make_message())
    assert peer.taken == []


async def test_a_refused_login_may_pass_and_shows_no_password() -> None:
    async with run_peer(SmtpPeer(), login_in_clear=True) as peer:
        server = server_of(peer, username="visant", password="wrong-secret")
        async with channel_to(server) as channel:
            with pytest.raises(DeliveryFailed, match="535") as failed:
                await channel.send(make_message())
    assert not failed.value.permanent
    assert "wrong-secret" not in failed.value.answer
    assert peer.taken == []


async def test_a_password_leaves_this_machine_only_in_private(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SmtpServer, "is_this_machine", property(lambda _: False))
    async with run_peer(SmtpPeer(), login_in_clear=True) as peer:
        server = server_of(peer, username="visant", password="p/ss word")
        async with channel_to(server) as channel:
            with pytest.raises(DeliveryFailed, match="starttls=never"):
                await channel.send(make_message())
    assert peer.logins == []
