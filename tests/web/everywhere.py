"""Everywhere that a browser can be sent in one installation, from the application's route table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from fastapi import FastAPI

from bin._pages import SomePage, list_pages
from cloud.accounts.platform_admins import keep_platform_admin
from cloud.accounts.sessions import open_browser_session
from cloud.alerts.mailed_links import make_links
from cloud.alerts.models import Delivery
from cloud.channels.channel import Message
from cloud.kit.access import Audience
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.accounts.people import fresh_email
from tests.factories import Someone, make_user, signed_in
from tests.full_organization import FullOrganization, make_full_organization

WITHOUT_A_QUERY = {"/mailed": 422}
"""Pages that have no good answer to an address alone."""


@dataclass(frozen=True)
class Sight:
    """A page to look at, and the status with which it should come."""

    path: str
    status: int = 200


@dataclass(frozen=True)
class Everywhere:
    """Where strangers may go, and where somebody may whom organization and platform trust."""

    full: FullOrganization
    person: Someone
    for_strangers: Sequence[Sight]
    for_people: Sequence[Sight]


async def make_everywhere(
    app: FastAPI, base_url: str, database: Database, settings: Settings, *, canary: str
) -> Everywhere:
    """`canary` stands in every text of the organization that there is."""
    full = await make_full_organization(database, app.state.store, canary=canary)
    email = fresh_email()
    keep_platform_admin(settings.data_directory, email)
    person = await make_user(database, full.organization_id, email=email)
    async with database.work() as work:
        agent = f"Elsewhere {canary}"
        await open_browser_session(work, person.user_id, address="192.0.2.9", user_agent=agent)
    async with signed_in(base_url, full.owner) as client:
        ids = asdict(full.ids) | {"mail_id": await keep_mail(app, client)}
        shares = await share_otherwise(client, full.ids.device_id)
    mailed = await mail_links(database, full, base_url)
    pages = list_pages(app.state.routes, ids)
    return Everywhere(
        full,
        person,
        [
            *sights_of(pages, of_strangers=True, otherwise=WITHOUT_A_QUERY),
            *shares,
            *mailed,
            Sight("/nothing", 404),
        ],
        sights_of(pages, of_strangers=False, otherwise={}),
    )


def sights_of(
    pages: Sequence[SomePage], *, of_strangers: bool, otherwise: Mapping[str, int]
) -> list[Sight]:
    """Those that anyone may see, or all others; `otherwise` has the statuses that are not 200."""
    return [
        Sight(page.path, otherwise.get(page.path, 200))
        for page in pages
        if (page.audience is Audience.ANYONE) == of_strangers
    ]


async def keep_mail(app: FastAPI, client: httpx2.AsyncClient) -> str:
    """Put the mail of an incident into the development mailbox; its id there."""
    preview = (await client.get("/v1/notifications/preview")).json()
    mail = Message(
        message_id="opened@visant.test",
        to=fresh_email(),
        subject=preview["subject"],
        text=preview["text"],
        html=preview["html"],
    )
    answer: str = await app.state.mail_channel.send(mail)
    return answer.rpartition(" ")[2]


async def share_otherwise(client: httpx2.AsyncClient, device_id: str) -> list[Sight]:
    """Links that do not simply open: one that asks for a passcode, one that has ended, no link."""
    asking, ended = [
        (await client.post(f"/v1/devices/{device_id}/share", json=wish)).json()
        for wish in ({"share_type": "device", "passcode": "kettle"}, {"share_type": "device"})
    ]
    await client.delete(f"/v1/share-links/{ended['id']}")
    return [
        Sight(f"/s/{asking['token']}", 401),
        Sight(f"/s/{ended['token']}", 410),
        Sight("/s/nothing", 404),
    ]


async def mail_links(database: Database, full: FullOrganization, base_url: str) -> list[Sight]:
    """What the mail of its incident offers to do, and a link that is no longer good."""
    async with database.work_for(full.organization_id) as work:
        delivery = await work.session.get_one(Delivery, UUID(full.ids.delivery_id))
        links = make_links(work, delivery, base_url)
    used_up = Sight("/mailed?action=confirm&token=nothing", 410)
    return [*(Sight(_without_host(url)) for url in links.values()), used_up]


def _without_host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
