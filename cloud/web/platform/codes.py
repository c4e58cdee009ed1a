"""Activation codes: made, changed, revoked, and who redeemed them."""

from datetime import datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from cloud.accounts.sessions import Person
from cloud.devices.activation_codes import (
    change_activation_code,
    get_activation_code,
    latest_redemptions,
    list_activation_codes,
    make_activation_code,
    revoke_activation_code,
)
from cloud.devices.admin_schemas import CodeBody, CodeChanges
from cloud.devices.models import BenefitType
from cloud.kit.errors import FieldError, Malformed, Problem
from cloud.kit.paging import Paged, PageRequest
from cloud.web.forms import Form, TheForm, validate
from cloud.web.framing import Sheet, TheSheet
from cloud.web.gates import PlatformAdminOnPage
from cloud.web.notices import Notice
from cloud.web.platform.page import draw_tab
from cloud.web.platform.tabs import CODES, PATH

NUMBERS = ("benefit_value", "max_uses")
LAST_MOMENT = time(23, 59, 59)

router = APIRouter(prefix=PATH)


@router.get("/codes")
async def codes_tab(
    who: PlatformAdminOnPage,
    sheet: TheSheet,
    page: Paged,
    organization_id: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """All codes; the form makes one, for one organization where its id is in the address."""
    typed = Form({"organization_id": [organization_id]} if organization_id else {})
    return await _draw_codes(sheet, who, page=page, typed=typed)


@router.post("/codes")
async def make_code(who: PlatformAdminOnPage, sheet: TheSheet, form: TheForm) -> Response:
    """Make a code, and show it."""
    try:
        body = _read_code(sheet, form)
        values = body.model_dump(exclude={"code"})
        async with sheet.database.work_for(who.organization_id) as work:
            code = await make_activation_code(work, who, spelling=body.code, values=values)
    except Problem as problem:
        return await _draw_codes(sheet, who, typed=form, refusal=problem)
    return sheet.go(f"{CODES.address}/{code.spelling}", Notice.CODE_MADE)


@router.get("/codes/{code}")
async def one_code(who: PlatformAdminOnPage, sheet: TheSheet, code: str) -> Response:
    return await _draw_code(sheet, who, code)


@router.post("/codes/{code}")
async def change_code(
    who: PlatformAdminOnPage, sheet: TheSheet, code: str, form: TheForm
) -> Response:
    """Change what it is for, how often it may be used and until when."""
    try:
        wanted = {"description": form.text("description"), "max_uses": None, "valid_until": None}
        changes = validate(CodeChanges, wanted | _read_limits(sheet, form))
        async with sheet.database.work_for(who.organization_id) as work:
            named = changes.model_dump(exclude_unset=True)
            changed = await change_activation_code(work, who, code, named)
    except Problem as problem:
        return await _draw_code(sheet, who, code, typed=form, refusal=problem)
    return sheet.go(f"{CODES.address}/{changed.spelling}", Notice.SAVED)


@router.post("/codes/{code}/revoke")
async def revoke_code(who: PlatformAdminOnPage, sheet: TheSheet, code: str) -> Response:
    """Withdraw it; what it gave stays given."""
    async with sheet.database.work_for(who.organization_id) as work:
        await revoke_activation_code(work, who, code)
    return sheet.go(f"{CODES.address}/{code}", Notice.CODE_REVOKED)


async def _draw_codes(
    sheet: Sheet,
    who: Person,
    *,
    page: PageRequest | None = None,
    typed: Form,
    refusal: Problem | None = None,
) -> Response:
    async with sheet.database.work() as work:
        found = await list_activation_codes(work, page or PageRequest())
    return await draw_tab(
        sheet,
        who,
        CODES,
        typed=typed,
        refusal=refusal,
        codes=found.codes,
        next_cursor=found.next_cursor,
        benefits=list(BenefitType),
    )


async def _draw_code(
    sheet: Sheet,
    who: Person,
    typed_code: str,
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
) -> Response:
    async with sheet.database.work() as work:
        code = await get_activation_code(work, typed_code)
        redemptions = (await latest_redemptions(work, [code.code]))[code.code]
    return await draw_tab(
        sheet,
        who,
        CODES,
        template="platform/code.html",
        typed=typed,
        refusal=refusal,
        code=code,
        redemptions=redemptions,
    )


def _read_code(sheet: Sheet, form: Form) -> CodeBody:
    """Raises Malformed; what is wrong with one of the domains is said beside all of them."""
    given = {name: form.text(name) for name in CodeBody.model_fields if form.text(name)}
    try:
        return validate(CodeBody, given | _read_values(sheet, form))
    except Malformed as malformed:
        errors = tuple(FieldError(e.field.split(".")[0], e.message) for e in malformed.errors)
        raise Malformed(malformed.code, malformed.detail, errors=errors) from None


def _read_values(sheet: Sheet, form: Form) -> dict[str, Any]:
    domains = [
        part for part in form.text("allowed_email_domains").replace(",", " ").split() if part
    ]
    once = bool(form.text("one_per_organization"))
    return {"allowed_email_domains": domains, "one_per_organization": once} | _read_limits(
        sheet, form
    )


def _read_limits(sheet: Sheet, form: Form) -> dict[str, Any]:
    """Numbers, and the last day on which it holds; what is none of these stays what was typed."""
    limits: dict[str, Any] = {}
    for name in NUMBERS:
        typed = form.text(name).strip()
        if typed:
            limits[name] = int(typed) if typed.isascii() and typed.isdigit() else typed
    if day := form.text("valid_until"):
        limits["valid_until"] = _end_of(day, sheet)
    return limits


def _end_of(day: str, sheet: Sheet) -> datetime | str:
    try:
        return datetime.combine(datetime.fromisoformat(day), LAST_MOMENT, sheet.now.tzinfo)
    except ValueError:
        return day
