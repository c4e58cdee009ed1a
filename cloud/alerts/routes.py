"""The alerts' addresses: incidents, what people do with them, and messages."""

from fastapi import APIRouter

from cloud.accounts.access import Member, Viewer
from cloud.alerts import schemas
from cloud.alerts.documents import (
    incident_document,
    incident_file_document,
    told_delivery_document,
)
from cloud.alerts.models import IncidentState, ResolvedAs
from cloud.alerts.queries import (
    list_deliveries,
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
from cloud.captures.queries import device_of_unit
from cloud.captures.schemas import UnitFilter
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1", tags=["Alerts"])


@router.get("/incidents", response_model=schemas.IncidentList)
async def get_incidents(
    who: Viewer,
    database: TheDatabase,
    page: Paged,
    state: IncidentState | None = None,
    device_id: UnitFilter = None,
) -> JsonAnswer:
    """Incidents of the organization, the last opened first."""
    async with database.work_for(who.organization_id) as work:
        unit_id = (await device_of_unit(work, device_id)).unit_id if device_id else None
        found = await list_incidents(work, page, state=state, device_id=unit_id)
    incidents = [incident_document(shown) for shown in found.incidents]
    return JsonAnswer({"incidents": incidents, "next_cursor": found.next_cursor})


@router.get("/incidents/{incident_id}", response_model=schemas.IncidentFileDocument)
async def get_one_incident(who: Viewer, database: TheDatabase, incident_id: str) -> JsonAnswer:
    """One incident with its captures, its messages and what happened."""
    async with database.work_for(who.organization_id) as work:
        file = await read_incident_file(work, parse_incident_id(incident_id))
    return JsonAnswer(incident_file_document(file))


@router.post("/incidents/{incident_id}/acknowledge", response_model=schemas.IncidentDocument)
async def post_acknowledge(who: Member, database: TheDatabase, incident_id: str) -> JsonAnswer:
    """Say that you have seen it. Repeating it changes nothing."""
    async with database.work_for(who.organization_id) as work:
        shown = await acknowledge(work, who, parse_incident_id(incident_id))
    return JsonAnswer(incident_document(shown))


@router.delete("/incidents/{incident_id}/acknowledge", response_model=schemas.IncidentDocument)
async def delete_acknowledge(who: Member, database: TheDatabase, incident_id: str) -> JsonAnswer:
    """Take it back: nobody looks after it. Repeating it changes nothing."""
    async with database.work_for(who.organization_id) as work:
        shown = await take_back_acknowledgement(work, who, parse_incident_id(incident_id))
    return JsonAnswer(incident_document(shown))


@router.post("/incidents/{incident_id}/resolve", response_model=schemas.IncidentDocument)
async def post_resolve(
    who: Member, database: TheDatabase, incident_id: str, body: schemas.ResolveBody
) -> JsonAnswer:
    """End it, as real or as a false alarm; nobody is told. Repeating it changes nothing."""
    async with database.work_for(who.organization_id) as work:
        outcome = ResolvedAs(body.outcome)
        shown = await resolve(work, who, parse_incident_id(incident_id), outcome, body.note)
    return JsonAnswer(incident_document(shown))


@router.delete("/incidents/{incident_id}/resolve", response_model=schemas.IncidentDocument)
async def delete_resolve(who: Member, database: TheDatabase, incident_id: str) -> JsonAnswer:
    """Open it again that was resolved by hand, unless another one of its kind is open by now."""
    async with database.work_for(who.organization_id) as work:
        shown = await take_back_resolution(work, who, parse_incident_id(incident_id))
    return JsonAnswer(incident_document(shown))


@router.get("/deliveries", response_model=schemas.DeliveryList)
async def get_deliveries(
    who: Viewer, database: TheDatabase, page: Paged, *, confirmations: bool = False
) -> JsonAnswer:
    """Messages of the organization, the last queued first.

    With `confirmations` also the questions whether somebody wants messages.
    """
    async with database.work_for(who.organization_id) as work:
        found = await list_deliveries(work, page, confirmations=confirmations)
    deliveries = [told_delivery_document(delivery) for delivery in found.deliveries]
    return JsonAnswer({"deliveries": deliveries, "next_cursor": found.next_cursor})
