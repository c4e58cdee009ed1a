"""Putting a version in force, past what its replay has found.

A version that misses pictures which an operator called abnormal, and which were caught, goes in
force only by an explicit override with a reason; both are in the audit. Without a replay nothing
stands in the way: pages say that it was not tried.
"""

from cloud.accounts.sessions import Person
from cloud.alerts.notifications import read_notifications
from cloud.alerts.policy import Rule
from cloud.descriptions.models import NormalDescription
from cloud.descriptions.queries import description_in_force, get_description
from cloud.descriptions.writing import activate_description
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.evaluation.replay.documents import known_document, replayed_of
from cloud.evaluation.replay.figures import Known, count_known
from cloud.evaluation.replay.queries import newest_completed
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Conflict, FieldError, Malformed


async def activate_version(
    work: OrganizationWork,
    who: Person,
    unit_id: str,
    version: int,
    *,
    override: bool,
    reason: str | None,
) -> NormalDescription:
    """Put a version in force. Raises NotFound; Conflict where it loses recall, unless overridden.

    Raises Malformed for an override without a reason.
    """
    device = await get_device(work, unit_id, lock=True)
    description = await get_description(work, device.id, version)
    if await description_in_force(work, device.id) is description:
        return description
    known = await find_known(work, device, version)
    detail: dict[str, object] = {"override": override, "reason": reason}
    if known is not None:
        detail |= known_document(known)
        if known.loses_recall:
            _require_override(known, override=override, reason=reason)
    return await activate_description(work, who, unit_id, version, detail)


async def find_known(work: OrganizationWork, device: Device, version: int) -> Known | None:
    """What the version's last complete replay says of known pictures; None without one."""
    rows = await newest_completed(work, device.id, version)
    if not rows:
        return None
    return count_known([replayed_of(row) for row in rows], await read_rule(work, device))


async def read_rule(work: OrganizationWork, device: Device) -> Rule:
    """By which verdicts the camera's incidents open."""
    notifications = await read_notifications(work, device.id)
    return Rule.read(device.config.get("alerting", {}), on_uncertain=notifications.on_uncertain)


def _require_override(known: Known, *, override: bool, reason: str | None) -> None:
    if not override:
        raise Conflict("activation_loses_recall", say_loss(known), figures=known_document(known))
    if not reason:
        raise Malformed(
            "override_without_reason",
            "Say why it is to be in force although it misses more.",
            errors=(FieldError("reason", "is needed for an override"),),
        )


def say_loss(known: Known) -> str:
    """The loss in one sentence."""
    of = known.abnormal
    return (
        f"Of {of.total} pictures that were called abnormal, {of.before} were caught and"
        f" {of.after} would be. Change the wording, or override with a reason."
    )
