"""The review page without scripts: a word, the next one, and the way back."""

from datetime import timedelta

from cloud.accounts.models import Role
from cloud.captures.models import State
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from tests.factories import make_capture, make_device, make_user, signed_in
from tests.web.conftest import Owner
from tests.web.visitors import browsing, session_of

ADDRESS = "/ui/review"


async def uncertain(owner: Owner, database: Database, count: int) -> list[str]:
    """Uncertain captures of a new camera; their ids, the newest first."""
    device = await make_device(database, owner.someone.organization_id)
    made = [
        await make_capture(
            database,
            device,
            state=State.UNCERTAIN,
            captured_at=utc_now() - timedelta(minutes=number),
            reason=f"Reason number {number}.",
        )
        for number in range(count)
    ]
    return [str(one.id) for one in made]


async def test_a_word_leads_on_to_the_next_and_can_be_taken_back(
    owner: Owner, database: Database, base_url: str
) -> None:
    first, second = await uncertain(owner, database, 2)
    page = (await owner.browser.get(ADDRESS)).text
    assert "2 pictures need a word." in page
    assert "Reason number 0." in page
    assert f'href="/ui/captures/{second}/image"' in page
    form = {"verdict": "normal", "next": second}
    answer = await owner.browser.post(f"{ADDRESS}/{first}", data=form)
    assert answer.status_code == 303
    on = (await owner.browser.get(answer.headers["location"])).text
    assert "Reason number 1." in on
    assert "You said: normal" in on
    back = await owner.browser.post(f"{ADDRESS}/{first}", data={"verdict": ""})
    again = (await owner.browser.get(back.headers["location"])).text
    assert "Reason number 0." in again
    async with signed_in(base_url, owner.someone) as api:
        assert (await api.get(f"/v1/captures/{first}")).json()["disposition"] is None


async def test_it_can_be_gone_through_without_a_word(owner: Owner, database: Database) -> None:
    ids = await uncertain(owner, database, 3)
    middle = (await owner.browser.get(ADDRESS, params={"at": ids[1]})).text
    assert "Reason number 1." in middle
    assert f'href="{ADDRESS}?at={ids[0]}" data-key="k ArrowLeft"' in middle
    assert f'href="{ADDRESS}?at={ids[2]}" data-key="j ArrowRight"' in middle


async def test_where_nothing_needs_a_word_it_says_so(owner: Owner) -> None:
    assert "Nothing to review." in (await owner.browser.get(ADDRESS)).text


async def test_a_viewer_is_told_who_says_what_it_is(
    owner: Owner, database: Database, settings: Settings, base_url: str
) -> None:
    await uncertain(owner, database, 1)
    viewer = await make_user(database, owner.someone.organization_id, role=Role.VIEWER)
    async with browsing(base_url, await session_of(database, settings, viewer)) as browser:
        page = (await browser.get(ADDRESS)).text
    assert "You may look; members say what it is." in page


async def test_what_is_not_there_or_no_word_is_refused(owner: Owner, database: Database) -> None:
    (only,) = await uncertain(owner, database, 1)
    missing = await owner.browser.get(ADDRESS, params={"said": "x"})
    assert missing.status_code == 404
    wrong = await owner.browser.post(f"{ADDRESS}/{only}", data={"verdict": "perhaps"})
    assert wrong.status_code == 422


async def test_viewers_look_and_say_nothing(
    owner: Owner, database: Database, base_url: str, settings: Settings
) -> None:
    (only,) = await uncertain(owner, database, 1)
    viewer = await make_user(database, owner.someone.organization_id, role=Role.VIEWER)
    async with browsing(base_url, await session_of(database, settings, viewer)) as browser:
        page = await browser.get(ADDRESS)
        assert "Reason number 0." in page.text
        assert 'name="verdict"' not in page.text
        answer = await browser.post(f"{ADDRESS}/{only}", data={"verdict": "normal"})
        assert answer.status_code == 403
