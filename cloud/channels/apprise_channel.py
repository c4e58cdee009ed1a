"""Chat services and phones, through Apprise: a message to one Apprise URL, such as `slack://…`.

Apprise knows many more services than are let in here. Those that are talk to their vendor's own
hosts and to nothing else; what in a URL would reach for a file of this machine, for another host or
for weaker TLS is refused. Apprise only says whether a message was taken, so what the service
answered is read from its log, in the thread that sends.
"""

import asyncio
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from cloud.channels.channel import DeliveryFailed, InlineImage, Message
from cloud.channels.plain_words import clean_line, clean_lines

TOTAL_SECONDS = 30.0
SOCKET_SECONDS = 10.0

SERVICES = {
    "slack": ("slack", "NotifySlack"),
    "tgram": ("telegram", "NotifyTelegram"),
    "ntfy": ("ntfy", "NotifyNtfy"),
    "discord": ("discord", "NotifyDiscord"),
    "workflows": ("workflows", "NotifyWorkflows"),
    "pover": ("pushover", "NotifyPushover"),
    "gchat": ("google_chat", "NotifyGoogleChat"),
}
"""Schemes that are let in, with their module and class. `ntfy` is ntfy.sh, `workflows` is Microsoft
Teams, `pover` Pushover, `gchat` Google Chat."""

TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com")
PARAMETERS = frozenset(
    {"image", "footer", "mode", "silent", "topic", "thread", "priority", "sound", "tags", "ver"}
)
"""What a URL may ask for behind its `?`. Others name files, hosts or looser TLS."""

_LONGEST_ANSWER = 300
_STATUS = re.compile(r"\berror=(\d{3})\b")
_FOR_EVER = range(400, 500)
_FOR_NOW = frozenset({408, 425, 429})


class AppriseUrlRefused(ValueError):
    """Not an Apprise URL that is let in; the message is one sentence for people."""


class AppriseChannel:
    """A Channel to chat services. A message's `to` is the Apprise URL."""

    def __init__(self, *, threads: int = 4, total_seconds: float = TOTAL_SECONDS) -> None:
        self._total_seconds = total_seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="apprise")

    async def send(self, message: Message) -> str:
        """Hand the message over with its first picture. Raises DeliveryFailed."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._total_seconds):
                return await loop.run_in_executor(self._threads, _hand_over, message)
        except AppriseUrlRefused as refused:
            raise DeliveryFailed(permanent=True, answer=str(refused)) from None
        except TimeoutError:
            answer = f"no answer within {self._total_seconds:g} seconds"
            raise DeliveryFailed(permanent=False, answer=answer) from None

    def close(self) -> None:
        """Let what is under way finish, then end the threads."""
        self._threads.shutdown()


def open_apprise(url: str) -> Any:
    """What sends to this URL. Raises AppriseUrlRefused. Slow at first: call it in a thread."""
    parts = _split(url)
    if parts.scheme not in SERVICES:
        known = ", ".join(f"{scheme}://" for scheme in sorted(SERVICES))
        raise AppriseUrlRefused(f"This kind of address is not supported; these are: {known}")
    unknown = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - PARAMETERS
    if unknown:
        raise AppriseUrlRefused(f"The address may not ask for {clean_line(min(unknown), 40)!r}.")
    opened = _open(_service(parts.scheme), url)
    if opened is None or not _stays_with_its_vendor(parts.scheme, opened):
        raise AppriseUrlRefused("This address is not complete, or not one of its service.")
    opened.verify_certificate = True
    opened.socket_connect_timeout = opened.socket_read_timeout = SOCKET_SECONDS
    return opened


def hide_secrets(url: str) -> str:
    """How an Apprise URL is shown to people: its tokens shortened to their ends."""
    return clean_line(open_apprise(url).url(privacy=True).partition("?")[0], 200)


def _split(url: str) -> Any:
    try:
        return urlsplit(url)
    except ValueError:
        raise AppriseUrlRefused("That is no address.") from None


def _open(service: Any, url: str) -> Any:
    """The library's own reading of a URL; None where it finds it incomplete."""
    parts = service.parse_url(url)
    try:
        return service(**parts, asset=_asset()) if parts else None
    except TypeError:
        return None


def _stays_with_its_vendor(scheme: str, opened: Any) -> bool:
    if scheme == "ntfy":
        return bool(opened.mode == "cloud")
    if scheme == "workflows":
        return str(opened.host).endswith(TEAMS_HOSTS) and opened.port in {None, 443}
    return True


def _hand_over(message: Message) -> str:
    opened = open_apprise(message.to)
    with _Heard() as heard:
        taken = opened.notify(
            title=clean_line(message.subject, 120),
            body=clean_lines(message.text),
            attach=_attach(message.inline_images),
        )
    if not taken:
        raise DeliveryFailed(permanent=heard.is_for_ever, answer=heard.answer or "not taken")
    return heard.answer or "taken"


def _attach(pictures: tuple[InlineImage, ...]) -> Any:
    if not pictures:
        return None
    first = pictures[0]
    attachments = import_module("apprise").AppriseAttachment(asset=_asset())
    memory = import_module("apprise.attachment.memory")
    attachments.add(
        memory.AttachMemory(content=first.jpeg, name=f"{first.cid}.jpg", mimetype="image/jpeg")
    )
    return attachments


class _Heard(logging.Handler):
    """What the library logs in this thread while a message is handed over: the last line."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.answer = ""
        self._thread = threading.get_ident()

    @property
    def is_for_ever(self) -> bool:
        found = _STATUS.search(self.answer)
        status = int(found[1]) if found else 0
        return status in _FOR_EVER and status not in _FOR_NOW

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.answer = clean_line(record.getMessage(), _LONGEST_ANSWER)

    def __enter__(self) -> Self:
        logger = logging.getLogger("apprise")
        logger.setLevel(logging.INFO)
        logger.propagate = False  # its lines name whom it writes to
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)


def _service(scheme: str) -> Any:
    """One service's class, imported when it is first needed; the library would load them all."""
    module, name = SERVICES[scheme]
    return getattr(import_module(f"apprise.plugins.{module}"), name)


@cache
def _asset() -> Any:
    """What the library may do here: keep nothing on the disk, and say who writes."""
    return import_module("apprise").AppriseAsset(
        app_id="Visant", app_desc="Visant", storage_mode="memory", secure_logging=True
    )
