"""Redeeming an activation code: one use counted, one redemption written, one benefit given.

All of it happens in the transaction of the activation: if that fails, nothing was used. The count
is raised by one conditional UPDATE, so a code for five is redeemed five times by however many try
at once.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from cloud.accounts.models import Organization
from cloud.accounts.sessions import Person
from cloud.devices.models import ActivationCode, BenefitType, Redemption
from cloud.devices.spelling import normal_code
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork, constraint_of
from cloud.kit.errors import Conflict, FieldError, Forbidden, Gone, Malformed, Problem

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Benefit:
    """What a code gave, and in words."""

    type: BenefitType
    value: int
    message: str


async def redeem(
    work: OrganizationWork, who: Person, organization: Organization, typed: str, unit_id: str
) -> Benefit:
    """Redeem a code for the organization, whose row the caller has locked.

    Raises Malformed for a wrong one, Gone for one that is expired, used up or revoked, Forbidden
    for another e-mail domain, Conflict for a second time where one is all.
    """
    now = utc_now()
    code = await work.scalar(
        select(ActivationCode).where(ActivationCode.code == normal_code(typed))
    )
    if code is None:
        raise _wrong()
    refusal = find_refusal(code, who, now)
    if refusal is not None:
        raise refusal
    await _refuse_second_time(work, code)
    await _count_use(work, code)
    work.add(
        Redemption(
            code=code.code,
            organization_id=work.organization_id,
            user_id=who.user_id,
            unit_id=unit_id,
            once=code.one_per_organization,
        )
    )
    try:
        await work.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_redemptions_code_organization":
            raise
        raise _second_time() from None
    return give(organization, BenefitType(code.benefit_type), code.benefit_value, now)


def find_refusal(code: ActivationCode, who: Person, now: datetime) -> Problem | None:
    """Why this person may not redeem this code now, if so; how often it was used aside."""
    if code.organization_id not in {None, who.organization_id}:
        return _wrong()
    if code.revoked_at is not None:
        return Gone("activation_code_revoked", "This activation code was withdrawn.")
    if code.valid_until is not None and code.valid_until <= now:
        return Gone("activation_code_expired", "This activation code has expired.")
    if code.valid_from is not None and code.valid_from > now:
        return _refused_code(
            "activation_code_not_yet_valid", "This activation code is not valid yet."
        )
    return _find_domain_refusal(code, who)


def give(organization: Organization, benefit: BenefitType, value: int, now: datetime) -> Benefit:
    """Give the organization a benefit. Time is added to what is left, or from now on."""
    start = max(now, organization.trial_ends_at)
    if benefit is BenefitType.DEVICE_SLOTS:
        organization.device_limit += value
        return Benefit(benefit, value, f"{_count(value, 'more camera')} for your organization.")
    if benefit is BenefitType.FREE_MONTHS:
        organization.trial_ends_at = add_months(start, value)
        return Benefit(benefit, value, f"{_count(value, 'free month')} added.")
    organization.trial_ends_at = start + timedelta(days=value)
    return Benefit(benefit, value, f"{_count(value, 'day')} added to the trial.")


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many calendar months later; a month too short ends earlier."""
    index = moment.month - 1 + months
    year, month = moment.year + index // MONTHS_OF_A_YEAR, index % MONTHS_OF_A_YEAR + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def _find_domain_refusal(code: ActivationCode, who: Person) -> Problem | None:
    if not code.allowed_email_domains:
        return None
    if who.email.rpartition("@")[2] not in code.allowed_email_domains:
        return Forbidden(
            "activation_code_domain", "This activation code is for other e-mail addresses."
        )
    if not who.email_verified:
        return Forbidden(
            "email_not_verified",
            "This activation code needs a verified e-mail address. Open the link we mailed you.",
        )
    return None


async def _refuse_second_time(work: OrganizationWork, code: ActivationCode) -> None:
    if not code.one_per_organization:
        return
    earlier = await work.scalar(
        select(func.count())
        .select_from(Redemption)
        .where(Redemption.code == code.code, Redemption.organization_id == work.organization_id)
    )
    if earlier:
        raise _second_time()


async def _count_use(work: OrganizationWork, code: ActivationCode) -> None:
    counted = await work.run(
        update(ActivationCode)
        .where(
            ActivationCode.code == code.code,
            ActivationCode.revoked_at.is_(None),
            or_(
                ActivationCode.max_uses.is_(None),
                ActivationCode.uses_count < ActivationCode.max_uses,
            ),
        )
        .values(uses_count=ActivationCode.uses_count + 1)
        .execution_options(synchronize_session=False)
    )
    if not counted:
        raise Gone(
            "activation_code_used_up", "This activation code has been used as often as it may be."
        )


def _wrong() -> Malformed:
    return _refused_code(
        "activation_code_invalid", "This activation code is not known. Check its spelling."
    )


def _refused_code(code: str, detail: str) -> Malformed:
    return Malformed(code, detail, errors=(FieldError("activation_code", detail),))


def _second_time() -> Conflict:
    return Conflict(
        "activation_code_redeemed", "Your organization has redeemed this activation code before."
    )


def _count(value: int, noun: str) -> str:
    return f"{value} {noun}" if value == 1 else f"{value} {noun}s"
