"""Taking somebody out: nothing of theirs works any more, and nothing reaches them."""

import asyncio

import httpx2
from sqlalchemy import func, select

from cloud.accounts.models import AuditEntry, Role, Session
from cloud.alerts.models import Recipient
from cloud.alerts.recipients import email_recipient, keep, why_silent
from cloud.kit.database import Database
from tests.accounts.people import code_of
from tests.factories import Someone, make_user


async def take_out(client: httpx2.AsyncClient, who: Someone, whom: Someone) -> httpx2.Response:
    return await client.delete(f"/v1/organization/members/{whom.user_id}", headers=who.headers)


async def test_whoever_is_taken_out_is_signed_out_at_once_streams_too(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    leaver = await make_user(database, owner.organization_id, role=Role.ADMIN)
    stream = client.stream("GET", "/v1/capture-events/stream", headers=leaver.headers)
    async with stream as response:
        pieces = response.aiter_bytes()
        heard = b""
        while b"event: connected" not in heard:
            heard += await anext(pieces)
        assert (await take_out(client, owner, leaver)).status_code == 204
        async with asyncio.timeout(3):
            async for _ in pieces:
                pass
    refused = await client.get("/v1/organization", headers=leaver.headers)
    assert (refused.status_code, code_of(refused)) == (401, "session_ended")
    async with database.work_for(owner.organization_id) as work:
        noted = select(AuditEntry.subject).where(AuditEntry.action == "member.removed")
        assert await work.scalar(noted) == leaver.email
        left = select(func.count()).where(Session.user_id == leaver.user_id)
        assert await work.scalar(left) == 0


async def test_their_address_is_told_nothing_more_until_it_is_confirmed_anew(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    leaver = await make_user(database, owner.organization_id, role=Role.MEMBER)
    async with database.work_for(owner.organization_id) as work:
        told = await keep(work, email_recipient(leaver.email))
        other = await keep(work, email_recipient(owner.email))
    await take_out(client, owner, leaver)
    async with database.work_for(owner.organization_id) as work:
        recipient = await work.session.get_one(Recipient, told.id)
        assert why_silent(recipient) is not None
        assert why_silent(await work.session.get_one(Recipient, other.id)) is None


async def test_their_address_is_free_for_another_organization(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner, elsewhere = await make_user(database), await make_user(database)
    leaver = await make_user(database, owner.organization_id, role=Role.MEMBER)
    await take_out(client, owner, leaver)
    answer = await client.post(
        "/v1/organization/invitations",
        headers=elsewhere.headers,
        json={"email": leaver.email, "role": "viewer"},
    )
    assert answer.status_code == 201


async def test_the_last_owner_stays_and_administrators_do_not_take_owners_out(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    admin = await make_user(database, owner.organization_id, role=Role.ADMIN)
    answer = await take_out(client, owner, owner)
    assert (answer.status_code, code_of(answer)) == (409, "last_owner")
    answer = await take_out(client, admin, owner)
    assert (answer.status_code, code_of(answer)) == (403, "owner_needed")
    assert (await take_out(client, admin, admin)).status_code == 204
