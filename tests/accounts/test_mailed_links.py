"""Forgotten passwords and proved addresses: links by real mails, good once."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import delete, select, update

from cloud.accounts.mail_queue import withdraw_mails
from cloud.accounts.mailer import Mailer
from cloud.accounts.models import AccountMail, OneTimeToken, TokenPurpose, User
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import parse_smtp_url
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import hash_secret
from cloud.kit.queue import QueuedWork
from cloud.kit.settings import Settings
from tests.accounts.conftest import SENDER, Postman
from tests.accounts.people import (
    OTHER_PASSWORD,
    PASSWORD,
    code_of,
    fresh_email,
    is_signed_in,
    log_in,
    refresh,
    sign_up,
)
from tests.channels.smtp_peer import SmtpPeer, run_peer
from tests.waiting import SOMEBODY_WAITS


async def forget(client: httpx2.AsyncClient, email: str) -> httpx2.Response:
    return await client.post("/v1/auth/forgot-password", json={"email": email})


async def reset(
    client: httpx2.AsyncClient, token: str, password: str = OTHER_PASSWORD
) -> httpx2.Response:
    body = {"token": token, "new_password": password}
    return await client.post("/v1/auth/reset-password", json=body)


async def verify(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/v1/auth/verify-email", json={"token": token})


async def test_a_forgotten_password_is_replaced_by_a_mailed_link(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    assert (await forget(client, someone.email)).status_code == 202
    token = await postman.token_for(someone.email, "reset-password")
    assert (await reset(client, token)).status_code == 204
    assert not await is_signed_in(client, someone.access_token)
    assert (await refresh(client, someone.refresh_token)).status_code == 401
    assert (await log_in(client, someone.email)).status_code == 401
    assert (await log_in(client, someone.email, OTHER_PASSWORD)).status_code == 200


async def test_a_reset_link_proves_the_address_too(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    await reset(client, await postman.token_for(someone.email, "reset-password"))
    signed_in = await log_in(client, someone.email, OTHER_PASSWORD)
    assert signed_in.json()["user"]["email_verified"] is True


async def test_a_link_is_good_once_and_takes_its_elder_sisters_with_it(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    first = await postman.token_for(someone.email, "reset-password")
    await forget(client, someone.email)
    second = await postman.token_for(someone.email, "reset-password")
    assert first != second
    assert (await reset(client, second)).status_code == 204
    for token in (first, second):
        answer = await reset(client, token, "a third one altogether")
        assert answer.status_code == 410
        assert code_of(answer) == "link_expired"


async def test_a_link_dies_after_half_an_hour(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    token = await postman.token_for(someone.email, "reset-password")
    async with database.work() as work:
        mine = OneTimeToken.token_hash == hash_secret(token)
        expires_at = await work.scalar(select(OneTimeToken.expires_at).where(mine))
        assert timedelta(minutes=29) < expires_at - utc_now() <= timedelta(minutes=30)
        await work.execute(update(OneTimeToken).where(mine).values(expires_at=utc_now()))
    assert (await reset(client, token)).status_code == 410


async def test_a_weak_new_password_does_not_use_the_link_up(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    token = await postman.token_for(someone.email, "reset-password")
    refused = await reset(client, token, "password12")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "new_password"
    assert await is_signed_in(client, someone.access_token)
    assert (await reset(client, token)).status_code == 204


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    known, unknown = (await sign_up(client)).email, fresh_email()
    await postman.mails_to(known)
    answers = [await forget(client, email) for email in (known, unknown)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"")}
    async with database.work() as work:
        queued = select(AccountMail.email).where(AccountMail.email.in_([known, unknown]))
        assert sorted((await work.execute(queued)).scalars()) == sorted([known, unknown])
    assert len(await postman.mails_to(known)) == 2
    assert await postman.mails_to(unknown) == []


async def test_nobodys_mailbox_is_flooded(client: httpx2.AsyncClient, postman: Postman) -> None:
    email = (await sign_up(client)).email
    answers = [await forget(client, email) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {202}
    about_reset = [mail for mail in await postman.mails_to(email) if "password" in mail.subject]
    assert len(about_reset) == 4


async def test_one_address_cannot_ask_for_many(client: httpx2.AsyncClient) -> None:
    answers = [await forget(client, fresh_email()) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]


async def test_a_link_to_reset_does_not_outlive_a_change_of_the_password(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    token = await postman.token_for(someone.email, "reset-password")
    changed = await client.post(
        "/v1/auth/change-password",
        headers=someone.headers,
        json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
    )
    assert changed.status_code == 204
    assert (await reset(client, token)).status_code == 410
    assert (await log_in(client, someone.email, OTHER_PASSWORD)).status_code == 200
    proving = await postman.token_for(someone.email, "verify-email")
    assert (await verify(client, proving)).status_code == 204, "a link of another kind stays"


async def test_a_mail_that_still_waits_when_the_password_is_changed_is_not_sent(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    changed = await client.post("/v1/auth/change-password", json=body, headers=someone.headers)
    assert changed.status_code == 204
    assert len(await postman.mails_to(someone.email)) == 1, "that of the sign-up"


async def test_a_mail_that_still_waits_when_the_password_is_reset_is_not_sent(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await forget(client, someone.email)
    token = await postman.token_for(someone.email, "reset-password")
    await forget(client, someone.email)
    assert (await reset(client, token)).status_code == 204
    assert len(await postman.mails_to(someone.email)) == 2, "that of the sign-up, and the first"


async def test_a_mail_is_not_written_while_the_password_is_being_changed(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    email = (await sign_up(client)).email
    await postman.mails_to(email)
    await forget(client, email)
    async with database.work() as work:
        await withdraw_mails(work, email, TokenPurpose.RESET_PASSWORD)
        writing = asyncio.create_task(postman.mails_to(email))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not writing.done()
    assert len(await writing) == 1, "that of the sign-up"


@pytest.mark.parametrize("path", ["reset-password", "verify-email"])
async def test_links_cannot_be_guessed_at_will(client: httpx2.AsyncClient, path: str) -> None:
    body = {"token": "vot_guess"} | ({"new_password": OTHER_PASSWORD} if "reset" in path else {})
    answers = [await client.post(f"/v1/auth/{path}", json=body) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [410] * 20 + [429]


@pytest.mark.parametrize("path", ["auth/forgot-password", "auth/reset-password", "devices/pair"])
async def test_what_cannot_be_understood_counts_as_well(
    client: httpx2.AsyncClient, path: str
) -> None:
    answers = [await client.post(f"/v1/{path}", json={}) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {422}
    first, second = [int(answer.headers["RateLimit-Remaining"]) for answer in answers]
    assert second == first - 1


async def test_signing_up_mails_a_link_that_proves_the_address(
    client: httpx2.AsyncClient, settings: Settings, postman: Postman
) -> None:
    someone = await sign_up(client)
    [mail] = await postman.mails_to(someone.email)
    token = await postman.token_for(someone.email, "verify-email")
    link = f"{settings.base_url}/verify-email?token={token}"
    assert f'href="{link}"' in mail.html
    assert mail.html.count("<a ") == 1
    assert (await verify(client, token)).status_code == 204
    me = await client.get("/v1/auth/me", headers=someone.headers)
    assert me.json()["email_verified"] is True
    assert (await verify(client, token)).status_code == 410


async def test_a_link_of_one_purpose_is_not_good_for_the_other(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    token = await postman.token_for(someone.email, "verify-email")
    assert (await reset(client, token)).status_code == 410
    assert (await verify(client, token)).status_code == 204


async def test_the_link_is_mailed_again_until_the_address_is_proved(
    client: httpx2.AsyncClient, postman: Postman
) -> None:
    someone = await sign_up(client)
    await postman.mails_to(someone.email)
    again = "/v1/auth/send-verification"
    assert (await client.post(again, headers=someone.headers)).status_code == 202
    assert len(await postman.mails_to(someone.email)) == 2
    await verify(client, await postman.token_for(someone.email, "verify-email"))
    assert (await client.post(again, headers=someone.headers)).status_code == 202
    assert len(await postman.mails_to(someone.email)) == 2


async def test_a_mail_that_is_refused_for_now_goes_out_later_under_the_same_id(
    client: httpx2.AsyncClient, database: Database, settings: Settings, postman: Postman
) -> None:
    email = (await sign_up(client)).email
    await postman.mails_to(email)
    await forget(client, email)
    async with run_peer(SmtpPeer(data="451 4.7.1 come back later")) as peer:
        channel = SmtpChannel(parse_smtp_url(f"smtp://127.0.0.1:{peer.port}"), SENDER)
        mailer = Mailer(database, channel, settings)
        assert await mailer.turn()
        [row] = await queued_for(database, email)
        assert row.attempts == 1
        assert 0 < (row.due_at - row.queued_at).total_seconds() <= 10 * settings.retry_scale + 5
        await make_due(database, row)
        peer.data = "250 2.0.0 taken"
        assert await mailer.turn()
        channel.close()
    assert [envelope.rcpt_tos for envelope in peer.taken] == [[email]]
    assert await queued_for(database, email) == []
    assert f"Message-ID: <{row.id}@127.0.0.1>" in str(peer.taken[0].content)


async def test_a_mail_that_is_refused_for_good_is_not_tried_again(
    client: httpx2.AsyncClient, database: Database, settings: Settings, postman: Postman
) -> None:
    email = (await sign_up(client)).email
    await postman.mails_to(email)
    await forget(client, email)
    async with run_peer(SmtpPeer(rcpt="550 5.1.1 nobody here")) as peer:
        channel = SmtpChannel(parse_smtp_url(f"smtp://127.0.0.1:{peer.port}"), SENDER)
        assert await Mailer(database, channel, settings).turn()
        channel.close()
    assert await queued_for(database, email) == []


async def test_whose_account_ends_while_a_mail_to_them_is_written_gets_none(
    client: httpx2.AsyncClient, database: Database, postman: Postman
) -> None:
    email = (await sign_up(client)).email
    await postman.mails_to(email)
    await forget(client, email)
    async with database.work() as work:
        await work.execute(delete(User).where(User.email == email))
        writing = asyncio.create_task(postman.mails_to(email))
        while not await work.scalar(SOMEBODY_WAITS):
            assert not writing.done()
    assert len(await writing) == 1, "that of the sign-up"
    assert await queued_for(database, email) == []


async def queued_for(database: Database, email: str) -> list[QueuedWork]:
    async with database.work() as work:
        found = await work.execute(
            select(QueuedWork)
            .join(AccountMail, AccountMail.id == QueuedWork.id)
            .where(AccountMail.email == email, AccountMail.purpose == TokenPurpose.RESET_PASSWORD)
        )
        return list(found.scalars())


async def make_due(database: Database, row: QueuedWork) -> None:
    async with database.work() as work:
        await work.execute(
            update(QueuedWork).where(QueuedWork.id == row.id).values(due_at=row.queued_at)
        )
