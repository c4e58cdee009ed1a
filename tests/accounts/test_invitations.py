"""Asking somebody in by mail: the link, who may ask whom, what ends an invitation."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, select, update

from cloud.accounts.models import AuditEntry, Invitation, Role
from cloud.accounts.throttling import SIGN_UPS, SIGN_UPS_BY_INVITATION
from cloud.kit.addresses import network_of
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from tests.accounts.conftest import Postman
from tests.accounts.people import PASSWORD, bearer, code_of, fresh_email
from tests.factories import Someone, make_user
from tests.test_rate_limits import use_up
from tests.waiting import SOMEBODY_WAITS


async def invite(
    client: httpx2.AsyncClient, someone: Someone, email: str, role: str = "member"
) -> httpx2.Response:
    return await client.post(
        "/v1/organization/invitations",
        headers=someone.headers,
        json={"email": email, "role": role},
    )


async def join(client: httpx2.AsyncClient, email: str, token: str) -> httpx2.Response:
    body = {"email": email, "password": PASSWORD, "invitation": token}
    return await client.post("/v1/auth/signup", json=body)


async def pending(client: httpx2.AsyncClient, someone: Someone) -> list[dict[str, Any]]:
    answer = await client.get("/v1/organization/invitations", headers=someone.headers)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_whoever_follows_the_link_joins_with_the_role_and_a_proved_address(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    asked = await invite(client, owner, email.upper(), "viewer")
    assert asked.status_code == 201
    assert asked.json()["email"] == email
    token = await postman.token_for(email, "signup", parameter="invitation")
    joined = await join(client, email, token)
    assert joined.status_code == 201
    document = joined.json()
    assert document["organization"]["id"] == str(owner.organization_id)
    assert document["user"]["role"] == "viewer"
    assert document["user"]["email_verified"] is True
    assert await pending(client, owner) == []
    assert len(await postman.mails_to(email)) == 1
    again = await join(client, fresh_email(), token)
    assert (again.status_code, code_of(again)) == (410, "invitation_over")
    refused = await invite(client, await reader_of(joined, owner), fresh_email())
    assert refused.status_code == 403


async def test_who_joins_from_elsewhere_keeps_the_clock_of_their_place(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await invite(client, owner, email)
    token = await postman.token_for(email, "signup", parameter="invitation")
    body = {"email": email, "password": PASSWORD, "invitation": token, "time_zone": "Asia/Tokyo"}
    joined = (await client.post("/v1/auth/signup", json=body)).json()
    headers = bearer(joined["access_token"])
    preferences = (await client.get("/v1/auth/preferences", headers=headers)).json()
    organization = (await client.get("/v1/organization", headers=headers)).json()
    assert (preferences["time_zone"], organization["time_zone"]) == ("Asia/Tokyo", "UTC")


async def reader_of(joined: httpx2.Response, owner: Someone) -> Someone:
    document = joined.json()
    user = document["user"]
    return Someone(owner.organization_id, user["id"], user["email"], document["access_token"])


async def test_the_mail_names_who_asks_and_whereto_and_nothing_runs_in_it(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await client.patch(
        "/v1/organization", headers=owner.headers, json={"name": "<b>Harbour</b> Labs"}
    )
    await invite(client, owner, email)
    [mail] = await postman.mails_to(email)
    assert owner.email in mail.text
    assert "<b>Harbour</b> Labs" in mail.text
    assert mail.html is not None
    assert "&lt;b&gt;Harbour&lt;/b&gt; Labs" in mail.html


async def test_the_link_is_for_the_invited_address_only(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await invite(client, owner, email)
    token = await postman.token_for(email, "signup", parameter="invitation")
    answer = await join(client, fresh_email(), token)
    assert (answer.status_code, code_of(answer)) == (422, "invitation_of_another_address")
    assert (await join(client, email, token)).status_code == 201


@pytest.mark.parametrize("end", ["revoked", "asked again", "run out", "organization"])
async def test_an_invitation_that_is_over_lets_nobody_in(
    client: httpx2.AsyncClient, database: Database, postman: Postman, end: str
) -> None:
    owner, email = await make_user(database), fresh_email()
    path = f"/v1/organization/invitations/{(await invite(client, owner, email)).json()['id']}"
    token = await postman.token_for(email, "signup", parameter="invitation")
    if end == "revoked":
        assert (await client.delete(path, headers=owner.headers)).status_code == 204
        assert (await client.delete(path, headers=owner.headers)).status_code == 404
    elif end == "asked again":
        assert (await invite(client, owner, email, "admin")).status_code == 201
        assert [each["role"] for each in await pending(client, owner)] == ["admin"]
    elif end == "organization":
        ended = await client.request(
            "DELETE",
            "/v1/organization",
            headers=owner.headers,
            json={"name": "Test organization"},
        )
        assert ended.status_code == 204
    else:
        async with database.work_for(owner.organization_id) as work:
            await work.execute(update(Invitation).values(expires_at=utc_now()))
    answer = await join(client, email, token)
    assert (answer.status_code, code_of(answer)) == (410, "invitation_over")


@pytest.mark.parametrize(
    ("sender", "invited", "becomes", "stays"),
    [
        ("admin", "admin", None, False),
        ("admin", "viewer", "member", False),
        ("owner", "owner", "admin", False),
        ("owner", "admin", "admin", True),
        ("owner", "owner", None, False),
        ("admin", "admin", "owner", True),
    ],
)
async def test_an_invitation_ends_with_the_power_of_who_sent_it(
    client: httpx2.AsyncClient,
    database: Database,
    postman: Postman,
    sender: str,
    invited: str,
    becomes: str | None,
    *,
    stays: bool,
) -> None:
    owner, email = await make_user(database), fresh_email()
    inviter = await make_user(database, owner.organization_id, role=Role(sender))
    await invite(client, inviter, email, invited)
    token = await postman.token_for(email, "signup", parameter="invitation")
    member = f"/v1/organization/members/{inviter.user_id}"
    if becomes is None:
        await client.delete(member, headers=owner.headers)
    else:
        await client.patch(member, headers=owner.headers, json={"role": becomes})
    assert [each["email"] for each in await pending(client, owner)] == [email] * stays
    answer = await join(client, email, token)
    assert answer.status_code == (201 if stays else 410)
    audit = await client.get("/v1/organization/audit", headers=owner.headers)
    revoked = [each for each in audit.json()["items"] if each["action"] == "invitation.revoked"]
    assert [(each["actor"], each["subject"]) for each in revoked] == (
        [] if stays else [(owner.email, email)]
    )


async def test_an_invitation_that_ends_while_its_mail_is_written_is_not_mailed(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await postman.mails_to(email)
    await invite(client, owner, email)
    async with database.work_for(owner.organization_id) as work:
        await work.execute(delete(Invitation))
        writing = asyncio.create_task(postman.mails_to(email))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not writing.done()
    assert await writing == []


async def test_it_runs_out_after_a_week_and_the_audit_remembers(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner, email = await make_user(database), fresh_email()
    await invite(client, owner, email)
    async with database.work_for(owner.organization_id) as work:
        expires_at = await work.scalar(select(Invitation.expires_at))
        noted = select(AuditEntry.subject).where(AuditEntry.action == "invitation.sent")
        assert await work.scalar(noted) == email
    assert timedelta(days=7, minutes=-1) < expires_at - utc_now() <= timedelta(days=7)


async def test_who_has_an_organization_is_not_invited(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner, stranger = await make_user(database), await make_user(database)
    colleague = await make_user(database, owner.organization_id, role=Role.VIEWER)
    elsewhere = await invite(client, owner, stranger.email)
    assert (elsewhere.status_code, code_of(elsewhere)) == (409, "belongs_elsewhere")
    assert elsewhere.json()["errors"][0]["field"] == "email"
    here = await invite(client, owner, colleague.email)
    assert (here.status_code, code_of(here)) == (409, "already_member")


async def test_only_verified_administrators_invite_and_only_owners_invite_owners(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    unproved = await make_user(database, owner.organization_id, verified=False)
    admin = await make_user(database, owner.organization_id, role=Role.ADMIN)
    answer = await invite(client, unproved, fresh_email())
    assert (answer.status_code, code_of(answer)) == (403, "email_not_verified")
    answer = await invite(client, admin, fresh_email(), "owner")
    assert (answer.status_code, code_of(answer)) == (403, "owner_needed")
    assert (await invite(client, owner, fresh_email(), "owner")).status_code == 201


async def test_invitations_are_bounded_and_listed_in_pages(
    client: httpx2.AsyncClient, database: Database
) -> None:
    owner = await make_user(database)
    answers = [await invite(client, owner, fresh_email()) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [201] * 30 + [429]
    seen: list[str] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        query = {"limit": 20} | ({"cursor": page["next_cursor"]} if page["next_cursor"] else {})
        path = "/v1/organization/invitations"
        page = (await client.get(path, headers=owner.headers, params=query)).json()
        seen += [each["email"] for each in page["items"]]
    assert seen == [answer.json()["email"] for answer in reversed(answers[:-1])]


async def test_a_whole_workshop_signs_up_from_one_address(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await invite(client, owner, email)
    token = await postman.token_for(email, "signup", parameter="invitation")
    await use_up(database, SIGN_UPS, network_of(client.headers["X-Forwarded-For"]))
    alone = await join(client, email, "vot_" + "x" * 43)
    assert alone.status_code == 429, "a made-up invitation counts like none"
    assert (await join(client, email, token)).status_code == 201


async def test_an_invitation_is_not_tried_for_ever(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    owner, email = await make_user(database), fresh_email()
    await invite(client, owner, email)
    body = {"email": email, "password": "short"}
    body["invitation"] = await postman.token_for(email, "signup", parameter="invitation")
    answers = [
        await client.post("/v1/auth/signup", json=body)
        for _ in range(SIGN_UPS_BY_INVITATION.burst + 1)
    ]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429


async def test_a_made_up_invitation_opens_nothing(client: httpx2.AsyncClient) -> None:
    answer = await join(client, fresh_email(), "vot_" + "x" * 43)
    assert (answer.status_code, code_of(answer)) == (410, "invitation_over")
    assert (await client.get("/v1/auth/me", headers=bearer("vot_x"))).status_code == 401
