import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from cloud.kit.database import Database, constraint_of, sqlstate_of
from cloud.kit.errors import Unavailable
from tests.factories import make_organization, make_user


async def test_what_is_rolled_back_was_never_there_and_calls_nobody_back(
    database: Database,
) -> None:
    called: list[str] = []
    organization_id = await make_organization(database)

    async def fail() -> None:
        async with database.work_for(organization_id) as work:
            work.after_commit(lambda: called.append("failed"))
            await work.execute(text("UPDATE organizations SET name = 'changed'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.work_for(organization_id) as work:
        work.after_commit(lambda: called.append("committed"))
        assert await work.scalar(text("SELECT name FROM organizations")) != "changed"
        assert called == []
    assert called == ["committed"]


async def test_a_database_that_cannot_be_reached_is_unavailable_for_now(database_url: URL) -> None:
    nowhere = Database(database_url.set(query={}, host="127.0.0.1", port=1))
    with pytest.raises(Unavailable) as refused:
        await nowhere.can_bypass_row_security()
    assert refused.value.code == "database_unavailable"
    assert refused.value.retry_after
    await nowhere.dispose()


async def test_a_statement_without_end_is_given_up(database: Database) -> None:
    async def wait() -> None:
        async with database.work() as work:
            await work.execute(text("SET LOCAL statement_timeout = '20ms'"))
            await work.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(Unavailable):
        await wait()


async def test_a_database_that_only_reads_is_unavailable_for_now(database: Database) -> None:
    async def write() -> None:
        async with database.work() as work:
            await work.execute(text("SET TRANSACTION READ ONLY"))
            await work.execute(text("DELETE FROM rate_limits WHERE key = 'none'"))

    with pytest.raises(Unavailable) as refused:
        await write()
    assert refused.value.code == "database_unavailable"


async def test_an_error_names_its_constraint_and_does_not_show_what_was_written(
    database: Database,
) -> None:
    someone = await make_user(database)
    with pytest.raises(DBAPIError) as refused:
        await database.ask(
            text(
                "INSERT INTO users (id, organization_id, email, name, role, password_hash)"
                " SELECT gen_random_uuid(), organization_id, email, name, role, :hash FROM users"
                " WHERE id = :user_id"
            ),
            {"user_id": someone.user_id, "hash": "a hash that nobody may see"},
        )
    assert constraint_of(refused.value) == "uq_users_email"
    assert sqlstate_of(refused.value) == "23505"
    assert "a hash that nobody may see" not in str(refused.value)


async def test_a_single_question_sees_no_organization(database: Database) -> None:
    organization_id = await make_organization(database)
    async with database.work_for(organization_id) as work:
        assert await work.scalar(text("SELECT count(*) FROM organizations")) == 1
    assert await database.ask(text("SELECT id FROM organizations")) == []
