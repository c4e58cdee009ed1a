"""Changing the config document: merged by section, checked as a whole, its version raised."""

import re
from typing import Any

from sqlalchemy import Row

from cloud.accounts.audit import note
from cloud.accounts.models import Organization
from cloud.accounts.sessions import Person
from cloud.devices.commands import call_camera
from cloud.devices.config import ConfigDocument, EvaluationSection, merge_config, read_config
from cloud.devices.looking import ask_for_look
from cloud.devices.models import Device, DeviceStatus
from cloud.devices.queries import get_device
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import FieldError, Malformed, PreconditionFailed, PreconditionRequired
from cloud.kit.settings import Settings

ENTITY_TAGS = re.compile(r'\s*(W/)?"[!#-~]*"\s*(,\s*(W/)?"[!#-~]*"\s*)*')


def config_etag(device: Device) -> str:
    return f'"{device.config_version}"'


def config_for_camera(device: Device, settings: Settings) -> ConfigDocument:
    """What the camera is to do: a paused one takes nothing by itself."""
    document = read_config(device.config, settings)
    if device.status != DeviceStatus.PAUSED:
        return document
    silent = document.trigger.model_copy(update={"enabled": False})
    return document.model_copy(update={"trigger": silent})


def is_asked_by_schedule(device: Device | Row[Any], organization: Organization) -> bool:
    """Whether the camera's own interval may rest while it listens: schedules ask instead.

    Past the trial nothing is asked for, and the camera goes on recording by itself.
    """
    return device.scheduled and utc_now() < organization.trial_ends_at


async def change_config(
    work: OrganizationWork,
    who: Person,
    device_id: str,
    changes: ConfigDocument,
    *,
    if_match: str | None,
    settings: Settings,
) -> tuple[Device, ConfigDocument]:
    """Merge changes into a device's document; the device with its new version.

    `if_match` is that header: without it the changes are merged into whatever is in force, which
    loses nobody's other fields. Raises PreconditionFailed when it names another version,
    PreconditionRequired when it is no entity tag, Malformed where two fields contradict,
    NotFound.
    """
    device = await get_device(work, device_id, lock=True)
    _require_match(device, if_match)
    merged = merge_config(device.config, changes)
    document = read_config(merged, settings)
    _require_sense(document)
    device.config = merged
    device.config_version += 1
    await call_camera(work, device)
    await ask_for_look(work, device.id)
    note(
        work,
        who,
        "device.configured",
        device.unit_id,
        sections=sorted(changes.model_fields_set),
        config_version=device.config_version,
    )
    return device, document


def _require_match(device: Device, if_match: str | None) -> None:
    if if_match is None or if_match.strip() == "*":
        return
    if not ENTITY_TAGS.fullmatch(if_match):
        raise PreconditionRequired(
            "if_match_malformed", 'If-Match is the ETag of the answer you changed, such as "3".'
        )
    if config_etag(device) not in [tag.strip() for tag in if_match.split(",")]:
        raise PreconditionFailed(
            "config_changed",
            "Somebody has changed this configuration meanwhile. Load it again, then change it.",
        )


def _require_sense(document: ConfigDocument) -> None:
    wrong = [
        *_contradictions(document.evaluation),
        *(
            [FieldError("alerting.open_after", "must not be more than alerting.of")]
            if document.alerting.open_after > document.alerting.of
            else []
        ),
    ]
    if wrong:
        raise Malformed(
            "config_contradictory",
            f"{wrong[0].field} {wrong[0].message}.",
            errors=tuple(wrong),
        )


def _contradictions(evaluation: EvaluationSection) -> list[FieldError]:
    if evaluation.consensus and evaluation.secondary is None:
        return [FieldError("evaluation.secondary", "is needed for a consensus of two")]
    if evaluation.secondary is not None and evaluation.secondary == evaluation.classifier:
        return [FieldError("evaluation.secondary", "must be another than evaluation.classifier")]
    if evaluation.fallback is not None and evaluation.fallback == evaluation.classifier:
        return [FieldError("evaluation.fallback", "must be another than evaluation.classifier")]
    return []
