"""A process of its own that sends what is due of one organization, so that a test can kill it.

`python -m tests.alerts.sending_process DATABASE ORGANIZATION PORT FOLDER`
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import make_url

from cloud.alerts.delivery import Sender
from cloud.channels.channel import ChannelKind
from cloud.channels.email_message import parse_sender
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import Security, SmtpServer
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.filesystem import FilesystemStore
from tests.alerts.sending import Post


async def send(url: str, organization_id: str, port: str, folder: str) -> None:
    database = Database(make_url(url))
    settings = Settings(_env_file=None, secret_key=SecretStr("a secret key of tests, long enough"))
    store = FilesystemStore(Path(folder), threads=1)
    server = SmtpServer("127.0.0.1", int(port), Security.NONE)
    channel = SmtpChannel(server, parse_sender("alerts@visant.example.com"), threads=1)
    sender = Sender(database, {ChannelKind.EMAIL: channel}, store, settings)
    post = Post(database, UUID(organization_id), settings, store)
    while claims := await post.claim(limit=1):
        await sender.send(claims[0])
    channel.close()
    store.close()
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(send(*sys.argv[1:]))
