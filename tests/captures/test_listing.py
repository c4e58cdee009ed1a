"""Lists of captures: filters, and pages that neither repeat nor miss one while new ones arrive."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cloud.captures.models import Capture, DispositionVerdict, EvaluationStatus, State
from tests.captures.uploading import Site
from tests.factories import make_capture, make_device, make_user, signed_in

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def arrange(site: Site, count: int, **values: Any) -> list[str]:
    """Captures a minute apart, from noon on; their ids, newest first."""
    made = [
        await make_capture(
            site.database, site.device, captured_at=NOON + timedelta(minutes=minute), **values
        )
        for minute in range(count)
    ]
    return [str(capture.id) for capture in reversed(made)]


async def ask(site: Site, **query: Any) -> list[str]:
    answer = await site.client.get("/v1/captures", params=query)
    assert answer.status_code == 200, answer.text
    return [each["record_id"] for each in answer.json()["captures"]]


async def page_through(site: Site, limit: int, *, between: Sequence[Any] = ()) -> list[str]:
    """All ids over all pages; `between` the pages, each of these is awaited."""
    found: list[str] = []
    cursor, meanwhile = None, iter(between)
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        document = (await site.client.get("/v1/captures", params=query)).json()
        found += [each["record_id"] for each in document["captures"]]
        cursor = document["next_cursor"]
        if cursor is None:
            return found
        if (happening := next(meanwhile, None)) is not None:
            await happening


async def test_the_newest_come_first(site: Site) -> None:
    ids = await arrange(site, 3)
    assert await ask(site) == ids


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_pages_hold_everything_once(site: Site, limit: int) -> None:
    ids = await arrange(site, 7)
    assert await page_through(site, limit) == ids


@pytest.mark.parametrize("name", ["from", "to"])
async def test_a_time_outside_of_our_calendar_is_refused_by_name(site: Site, name: str) -> None:
    answer = await site.client.get("/v1/captures", params={name: "0001-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [name]


async def test_captures_of_one_moment_are_all_listed(site: Site) -> None:
    for _ in range(5):
        await make_capture(site.database, site.device, captured_at=NOON)
    found = await page_through(site, 2)
    assert len(found) == len(set(found)) == 5


async def test_what_arrives_meanwhile_neither_repeats_nor_hides_anything(site: Site) -> None:
    ids = await arrange(site, 6)
    newer = [
        make_capture(site.database, site.device, captured_at=NOON + timedelta(hours=hours))
        for hours in (1, 2)
    ]
    assert await page_through(site, 2, between=newer) == ids
    assert len(await ask(site)) == 8


async def test_the_last_page_says_that_it_is_the_last(site: Site) -> None:
    await arrange(site, 2)
    document = (await site.client.get("/v1/captures", params={"limit": 2})).json()
    assert document["next_cursor"] is None


async def test_states_can_be_asked_for_together(site: Site) -> None:
    (normal,) = await arrange(site, 1, state=State.NORMAL)
    (abnormal,) = await arrange(site, 1, state=State.ABNORMAL)
    (uncertain,) = await arrange(site, 1, state=State.UNCERTAIN)
    (pending,) = await arrange(site, 1)
    (processing,) = await arrange(site, 1, evaluation_status=EvaluationStatus.PROCESSING)
    (failed,) = await arrange(site, 1, evaluation_status=EvaluationStatus.FAILED)
    assert set(await ask(site, state="normal")) == {normal}
    assert set(await ask(site, state=["abnormal", "uncertain"])) == {abnormal, uncertain}
    assert set(await ask(site, state="pending")) == {pending, processing}
    assert set(await ask(site, state=["failed", "normal"])) == {failed, normal}
    assert set(await ask(site, evaluation_status="failed")) == {failed}


async def test_one_device_can_be_asked_for(site: Site) -> None:
    ids = await arrange(site, 2)
    other = await make_device(site.database, site.owner.organization_id)
    await make_capture(site.database, other)
    assert await ask(site, device_id=site.device.unit_id) == ids


async def test_a_span_holds_its_beginning_and_not_its_end(site: Site) -> None:
    newest, middle, oldest = await arrange(site, 3)
    middle_at = (NOON + timedelta(minutes=1)).isoformat()
    assert await ask(site, **{"from": middle_at}) == [newest, middle]
    assert await ask(site, to=middle_at) == [oldest]
    one_minute_on = "2026-11-22T13:01:00+01:00"
    assert await ask(site, **{"from": one_minute_on}) == [newest, middle]


@pytest.mark.parametrize("text", ["50% of_it", "OF_IT", "50%"])
async def test_text_in_the_reason_is_found_as_it_is_typed(site: Site, text: str) -> None:
    (found,) = await arrange(site, 1, state=State.ABNORMAL, reason="Lost 50% of_it.")
    await arrange(site, 1, state=State.ABNORMAL, reason="Lost 50 of it.")
    assert await ask(site, q=text) == [found]


async def test_a_label_and_a_disposition_can_be_asked_for(site: Site) -> None:
    labelled, disposed, _plain = await arrange(site, 3)
    async with site.database.work_for(site.owner.organization_id) as work:
        for record_id, values in (
            (labelled, {"trigger_label": "door"}),
            (disposed, {"disposition": DispositionVerdict.NORMAL}),
        ):
            await work.execute(update(Capture).where(Capture.id == record_id).values(values))
    assert await ask(site, trigger_label="door") == [labelled]
    assert await ask(site, disposition="normal") == [disposed]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "x" * 500}, "cursor"),
        ({"state": "fine"}, "state.0"),
        ({"evaluation_status": "done"}, "evaluation_status"),
        ({"from": "noon"}, "from"),
        ({"to": "2026-11-22T12:00:00"}, "to"),
        ({"disposition": "maybe"}, "disposition"),
        ({"q": "x" * 201}, "q"),
    ],
)
async def test_a_wrong_question_names_its_field(
    site: Site, query: dict[str, str], field: str
) -> None:
    answer = await site.client.get("/v1/captures", params=query)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_another_organizations_cursor_shows_nothing_of_it(site: Site) -> None:
    await arrange(site, 3)
    page = await site.client.get("/v1/captures", params={"limit": 1})
    async with signed_in(str(site.client.base_url), await make_user(site.database)) as stranger:
        query = {"cursor": page.json()["next_cursor"]}
        document = (await stranger.get("/v1/captures", params=query)).json()
    assert document == {"captures": [], "next_cursor": None}
