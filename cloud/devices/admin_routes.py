"""The addresses of the platform's people: making units, keeping activation codes."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from cloud.accounts.access import PlatformAdmin, PlatformAdminGate
from cloud.devices.activation_codes import (
    change_activation_code,
    get_activation_code,
    latest_redemptions,
    list_activation_codes,
    make_activation_code,
    revoke_activation_code,
)
from cloud.devices.admin_schemas import (
    BatchId,
    CodeAnswer,
    CodeBody,
    CodeChanges,
    CodeList,
    MakeUnitsBody,
    UnitList,
    UnitsMade,
)
from cloud.devices.manufacture import list_units, make_units
from cloud.devices.models import ActivationCode, Redemption, Unit
from cloud.kit.database import Work
from cloud.kit.json import JsonAnswer
from cloud.kit.paging import Paged
from cloud.kit.resources import TheDatabase

router = APIRouter(prefix="/v1/admin", tags=["Platform admin"])

PLATFORM_ADMIN = Depends(PlatformAdminGate())
"""The gate, for routes that need not know who it is."""


@router.post("/devices", status_code=201, response_model=UnitsMade)
async def make(who: PlatformAdmin, database: TheDatabase, body: MakeUnitsBody) -> JsonAnswer:
    """Make units; their ids go on the labels."""
    async with database.work_for(who.organization_id) as work:
        units = await make_units(work, who, quantity=body.quantity, batch_id=body.batch_id)
    answer = {
        "batch_id": body.batch_id,
        "devices": [_unit_document(unit) for unit in units],
        "device_ids": [unit.id for unit in units],
    }
    return JsonAnswer(answer, 201)


@router.get("/devices", response_model=UnitList, dependencies=[PLATFORM_ADMIN])
async def list_all_units(
    database: TheDatabase,
    page: Paged,
    batch_id: Annotated[BatchId | None, Query()] = None,
) -> JsonAnswer:
    """All units, newest first, active or not."""
    async with database.work() as work:
        found = await list_units(work, page, batch_id=batch_id)
    return JsonAnswer(
        {
            "devices": [_unit_document(unit) for unit in found.units],
            "next_cursor": found.next_cursor,
        }
    )


@router.post("/activation-codes", status_code=201, response_model=CodeAnswer)
async def make_code(who: PlatformAdmin, database: TheDatabase, body: CodeBody) -> JsonAnswer:
    """Make an activation code. 409 if there is one of this spelling."""
    values = body.model_dump(exclude={"code"})
    async with database.work_for(who.organization_id) as work:
        code = await make_activation_code(work, who, spelling=body.code, values=values)
        document = await _document(work, code)
    return JsonAnswer(document, 201)


@router.get("/activation-codes", response_model=CodeList, dependencies=[PLATFORM_ADMIN])
async def list_codes(database: TheDatabase, page: Paged) -> JsonAnswer:
    """All activation codes, newest first."""
    async with database.work() as work:
        found = await list_activation_codes(work, page)
        redemptions = await latest_redemptions(work, [code.code for code in found.codes])
    items = [_code_document(code, redemptions[code.code]) for code in found.codes]
    return JsonAnswer({"items": items, "next_cursor": found.next_cursor})


@router.get("/activation-codes/{code}", response_model=CodeAnswer, dependencies=[PLATFORM_ADMIN])
async def read_code(database: TheDatabase, code: str) -> JsonAnswer:
    """One activation code and who redeemed it."""
    async with database.work() as work:
        document = await _document(work, await get_activation_code(work, code))
    return JsonAnswer(document)


@router.patch("/activation-codes/{code}", response_model=CodeAnswer)
async def change_code(
    who: PlatformAdmin, database: TheDatabase, code: str, body: CodeChanges
) -> JsonAnswer:
    """Change what the code gives from now on, or to whom."""
    changes = body.model_dump(exclude_unset=True)
    async with database.work_for(who.organization_id) as work:
        changed = await change_activation_code(work, who, code, changes)
        document = await _document(work, changed)
    return JsonAnswer(document)


@router.delete("/activation-codes/{code}", status_code=204)
async def revoke_code(who: PlatformAdmin, database: TheDatabase, code: str) -> Response:
    """Withdraw the code; what it gave stays given."""
    async with database.work_for(who.organization_id) as work:
        await revoke_activation_code(work, who, code)
    return Response(status_code=204)


async def _document(work: Work, code: ActivationCode) -> dict[str, Any]:
    redemptions = await latest_redemptions(work, [code.code])
    return _code_document(code, redemptions[code.code])


def _code_document(code: ActivationCode, redemptions: Sequence[Redemption]) -> dict[str, Any]:
    return {
        "code": code.spelling,
        "description": code.description,
        "benefit_type": code.benefit_type,
        "benefit_value": code.benefit_value,
        "max_uses": code.max_uses,
        "uses_count": code.uses_count,
        "valid_from": code.valid_from,
        "valid_until": code.valid_until,
        "allowed_email_domains": code.allowed_email_domains,
        "one_per_organization": code.one_per_organization,
        "organization_id": code.organization_id,
        "revoked_at": code.revoked_at,
        "created_at": code.created_at,
        "redemptions": [
            {
                "organization_id": redemption.organization_id,
                "user_id": redemption.user_id,
                "device_id": redemption.unit_id,
                "redeemed_at": redemption.redeemed_at,
            }
            for redemption in redemptions
        ],
    }


def _unit_document(unit: Unit) -> dict[str, Any]:
    return {
        "device_id": unit.id,
        "batch_id": unit.batch_id,
        "made_at": unit.made_at,
        "organization_id": unit.organization_id,
    }
