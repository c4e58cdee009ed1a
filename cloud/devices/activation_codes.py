"""Activation codes as the platform's people keep them: made, read, changed, revoked.

Revoking keeps the row: whoever tries the code later is told that it was good once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError

from cloud.accounts.audit import note
from cloud.accounts.sessions import Person
from cloud.devices.models import ActivationCode, Redemption
from cloud.devices.spelling import normal_code
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork, Work
from cloud.kit.errors import Conflict, FieldError, Malformed, NotFound
from cloud.kit.ids import new_code
from cloud.kit.paging import Cursor, PageRequest

CODE_GROUPS = 4
"""Eighty bits."""

REDEMPTIONS_SHOWN = 100


@dataclass(frozen=True)
class CodePage:
    codes: Sequence[ActivationCode]
    next_cursor: str | None


async def make_activation_code(
    work: OrganizationWork, who: Person, *, spelling: str | None, values: Mapping[str, Any]
) -> ActivationCode:
    """Make a code, generated unless a spelling is given. Raises Conflict for one that there is.

    The work is of the platform admin's own organization, for its audit.
    """
    spelling = spelling or new_code(CODE_GROUPS)
    code = ActivationCode(
        code=normal_code(spelling), spelling=spelling, created_by=who.user_id, **values
    )
    _require_order(code)
    work.add(code)
    try:
        await work.flush()
    except IntegrityError:
        sentence = "There is a code with this spelling already."
        raise Conflict(
            "activation_code_exists", sentence, errors=(FieldError("code", sentence),)
        ) from None
    note(work, who, "activation_code.made", spelling, benefit=code.benefit_type)
    return code


async def get_activation_code(work: Work, typed: str, *, lock: bool = False) -> ActivationCode:
    """A code, revoked or not. Raises NotFound."""
    statement = select(ActivationCode).where(ActivationCode.code == normal_code(typed))
    code = await work.scalar(statement.with_for_update() if lock else statement)
    if code is None:
        raise NotFound("activation_code_not_found", "There is no such activation code.")
    found: ActivationCode = code
    return found


async def list_activation_codes(work: Work, page: PageRequest) -> CodePage:
    """All codes, newest first."""
    place = tuple_(ActivationCode.created_at, ActivationCode.code)
    statement = select(ActivationCode).order_by(
        ActivationCode.created_at.desc(), ActivationCode.code.desc()
    )
    if page.cursor:
        statement = statement.where(place < tuple_(page.cursor.at, page.cursor.id))
    codes: Sequence[ActivationCode] = (
        (await work.execute(statement.limit(page.limit + 1))).scalars().all()
    )
    if len(codes) <= page.limit:
        return CodePage(codes, None)
    last = codes[page.limit - 1]
    return CodePage(codes[: page.limit], Cursor(last.created_at, last.code).encode())


async def change_activation_code(
    work: OrganizationWork, who: Person, typed: str, changes: Mapping[str, Any]
) -> ActivationCode:
    """Change what a code gives from now on, or to whom. Raises NotFound."""
    code = await get_activation_code(work, typed, lock=True)
    for field, value in changes.items():
        setattr(code, field, value)
    _require_order(code)
    note(work, who, "activation_code.changed", code.spelling, fields=sorted(changes))
    return code


async def revoke_activation_code(work: OrganizationWork, who: Person, typed: str) -> None:
    """End a code for whoever has not redeemed it yet. Raises NotFound."""
    code = await get_activation_code(work, typed, lock=True)
    code.revoked_at = code.revoked_at or utc_now()
    note(work, who, "activation_code.revoked", code.spelling)


async def latest_redemptions(work: Work, codes: Sequence[str]) -> dict[str, list[Redemption]]:
    """The last redemptions of each code, newest first."""
    ranked = (
        select(
            Redemption.id,
            func.row_number()
            .over(partition_by=Redemption.code, order_by=Redemption.redeemed_at.desc())
            .label("place"),
        )
        .where(Redemption.code.in_(codes))
        .subquery()
    )
    rows = await work.execute(
        select(Redemption)
        .join(ranked, ranked.c.id == Redemption.id)
        .where(ranked.c.place <= REDEMPTIONS_SHOWN)
        .order_by(Redemption.redeemed_at.desc())
    )
    found: dict[str, list[Redemption]] = {code: [] for code in codes}
    for redemption in rows.scalars():
        found[redemption.code].append(redemption)
    return found


def _require_order(code: ActivationCode) -> None:
    if code.valid_from and code.valid_until and code.valid_from >= code.valid_until:
        raise Malformed(
            "request_malformed",
            "The code would end before it begins.",
            errors=(FieldError("valid_until", "must be later than valid_from"),),
        )
