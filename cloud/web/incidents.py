"""Incidents: what is not as it should be, what happened, and what people do about it."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response

from cloud.alerts.documents import incident_document, incident_file_document
from cloud.alerts.models import IncidentState, ResolvedAs
from cloud.alerts.queries import (
    IncidentPage,
    get_incident,
    list_incidents,
    parse_incident_id,
    read_incident_file,
)
from cloud.alerts.resolution import (
    acknowledge,
    resolve,
    take_back_acknowledgement,
    take_back_resolution,
)
from cloud.alerts.schemas import ResolveBody
from cloud.captures.comparing import find_reference
from cloud.captures.documents import capture_document
from cloud.captures.models import Capture, State
from cloud.kit.database import OrganizationWork
from cloud.kit.paging import LARGEST_LIMIT, Paged, PageRequest
from cloud.web.forms import TheForm
from cloud.web.framing import TheSheet
from cloud.web.gates import MemberOnPage, ViewerOnPage
from cloud.web.notices import Notice
from cloud.web.page_size import own_page
from cloud.web.returning import PageBefore

router = APIRouter(prefix="/ui/incidents")


@router.get("")
async def all_incidents(who: ViewerOnPage, sheet: TheSheet, page: Paged) -> Response:
    """Incidents, open ones first; to a script that asks for more, older resolved ones."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        found = await list_incidents(work, own_page(who, page), state=IncidentState.RESOLVED)
        resolved = _documents(found)
        if page.cursor and sheet.asks_for_part:
            return sheet.draw_part(
                "incidents/_older.html", frame, incidents=resolved, next_cursor=found.next_cursor
            )
        opened = await _read_all(work, IncidentState.OPEN)
        acknowledged = await _read_all(work, IncidentState.ACKNOWLEDGED)
    return sheet.draw(
        "incidents/index.html",
        frame,
        open=opened,
        acknowledged=acknowledged,
        resolved=resolved,
        next_cursor=found.next_cursor,
    )


@router.get("/{incident_id}")
async def one_incident(who: ViewerOnPage, sheet: TheSheet, incident_id: str) -> Response:
    """One incident from its first capture to its end."""
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        file = await read_incident_file(work, parse_incident_id(incident_id))
        shown = find_telling(file.captures)
        reference = await find_reference(work, shown) if shown and shown.image_stored else None
    incident = incident_file_document(file)
    return sheet.draw(
        "incidents/show.html",
        frame,
        incident=incident,
        capture=capture_document(shown) if shown else None,
        reference=reference,
        timeline=incident["timeline"],
        deliveries=incident["deliveries"],
    )


@router.post("/{incident_id}/acknowledge")
async def acknowledge_one(
    who: MemberOnPage, sheet: TheSheet, incident_id: str, page_before: PageBefore
) -> Response:
    """Say that somebody has seen it."""
    async with sheet.database.work_for(who.organization_id) as work:
        await acknowledge(work, who, parse_incident_id(incident_id))
    return sheet.go(page_before, Notice.ACKNOWLEDGED, undo=[("incident", incident_id)])


@router.post("/{incident_id}/acknowledge/undo")
async def unacknowledge_one(
    who: MemberOnPage, sheet: TheSheet, incident_id: str, page_before: PageBefore
) -> Response:
    """Say that nobody looks after it after all."""
    async with sheet.database.work_for(who.organization_id) as work:
        await take_back_acknowledgement(work, who, parse_incident_id(incident_id))
    return sheet.go(page_before, Notice.TAKEN_BACK)


@router.post("/{incident_id}/resolve")
async def resolve_one(
    who: MemberOnPage,
    sheet: TheSheet,
    incident_id: str,
    form: TheForm,
    page_before: PageBefore,
) -> Response:
    """End it, as real or as a false alarm."""
    async with sheet.database.work_for(who.organization_id) as work:
        shown = await get_incident(work, parse_incident_id(incident_id))
        body = form.read(ResolveBody)
        await resolve(work, who, shown.incident.id, ResolvedAs(body.outcome), body.note)
    return sheet.go(page_before, Notice.RESOLVED, undo=[("incident", incident_id)])


@router.post("/{incident_id}/resolve/undo")
async def open_one_again(
    who: MemberOnPage, sheet: TheSheet, incident_id: str, page_before: PageBefore
) -> Response:
    """Have it last after all."""
    async with sheet.database.work_for(who.organization_id) as work:
        await take_back_resolution(work, who, parse_incident_id(incident_id))
    return sheet.go(page_before, Notice.TAKEN_BACK)


def find_telling(captures: Sequence[Capture]) -> Capture | None:
    """Which of an incident's captures shows what is wrong: the latest abnormal, or the latest."""
    abnormal = [capture for capture in captures if capture.state == State.ABNORMAL]
    return next(reversed(abnormal or captures), None)


async def _read_all(work: OrganizationWork, state: IncidentState) -> Sequence[dict[str, Any]]:
    return _documents(await list_incidents(work, PageRequest(LARGEST_LIMIT), state=state))


def _documents(page: IncidentPage) -> list[dict[str, Any]]:
    return [incident_document(shown) for shown in page.incidents]
