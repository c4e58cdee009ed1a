"""The page itself: who is told, when, and what came of the newest messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Response
from sqlalchemy import inspect

from cloud.accounts.sessions import Person
from cloud.alerts.documents import delivery_document
from cloud.alerts.models import Delivery, DeliveryStatus, Recipient
from cloud.alerts.notifications import read_notifications
from cloud.alerts.reach import list_newest, list_newest_of_device, newest_to
from cloud.alerts.recipients import why_unheard
from cloud.devices.models import Device
from cloud.kit.database import OrganizationWork
from cloud.kit.errors import Problem
from cloud.kit.sealing import seal_of
from cloud.kit.weekly_hours import DAYS
from cloud.web.forms import Form
from cloud.web.framing import Sheet
from cloud.web.notifications.choices import BOUNDS, keep_typed, say_quiet_hours
from cloud.web.notifications.deliveries import name_messages
from cloud.web.notifications.place import Place
from cloud.web.settings.page import draw_tab
from cloud.web.settings.tabs import NOTIFICATIONS

MINUTE = timedelta(minutes=1)
DEFAULT_WAIT_MINUTES = 15

SHOWN = 10
"""How many of the newest messages stand on the page."""

FOLLOWED_FOR = timedelta(minutes=1)
"""So long a message that is on its way is looked after by the page itself."""

TYPED = (
    "kind",
    "to",
    "webhook_url",
    "apprise_url",
    "escalation_kind",
    "escalation_to",
    "escalation_webhook_url",
    "escalation_apprise_url",
    "escalation_after",
    "quiet_from",
    "quiet_to",
    "quiet_zone",
)
"""Fields of the forms that add something; a secret is never shown again."""


@dataclass(frozen=True)
class Outcome:
    """A channel's secret, to be shown once."""

    channel: Recipient
    secret: str


@dataclass(frozen=True)
class ShownChannel:
    """`silent` says why nothing arrives there, where that is so; `last` is the newest message."""

    kind: str
    name: str
    fingerprint: str
    silent: str | None
    last: Mapping[str, Any] | None


async def draw_notifications(
    sheet: Sheet,
    who: Person,
    place: Place,
    *,
    typed: Form | None = None,
    refusal: Problem | None = None,
    outcome: Outcome | None = None,
) -> Response:
    """The page: as things stand, or with what was typed and why it could not be taken."""

    async def read(
        _sheet: Sheet, work: OrganizationWork, device: Device | None
    ) -> Mapping[str, Any]:
        shown = await _read(sheet, work, device, typed)
        return {"address": place.address, "outcome": outcome, **shown}

    if place.device_id is not None:
        return await draw_tab(
            sheet, who, place.device_id, NOTIFICATIONS, read=read, refusal=refusal
        )
    async with sheet.database.work_for(who.organization_id) as work:
        frame = await sheet.frame(work, who)
        shown = await read(sheet, work, None)
    return sheet.draw_form("notifications/index.html", frame, refusal, **shown)


async def _read(
    sheet: Sheet, work: OrganizationWork, device: Device | None, typed: Form | None
) -> dict[str, Any]:
    general = await read_notifications(work)
    in_force = await read_notifications(work, device.id) if device else general
    newest = await list_newest(work)
    escalation = in_force.escalation
    about = await list_newest_of_device(work, device.id, SHOWN) if device else newest[:SHOWN]
    return {
        "general": general,
        "own": in_force.own,
        "choices": keep_typed(in_force, typed),
        "bounds": BOUNDS,
        "escalated": _show_channels(sheet, escalation.recipients, newest) if escalation else [],
        "escalation_after": escalation.after // MINUTE if escalation else DEFAULT_WAIT_MINUTES,
        "escalation_everywhere": "somebody else" if general.escalation else "nobody",
        "quiet": say_quiet_hours(in_force),
        "quiet_everywhere": f"{len(general.quiet_hours) or 'none'}",
        "days": DAYS,
        "typed_days": typed.texts("quiet_days") if typed else [],
        "channels": _show_channels(sheet, in_force.recipients, newest),
        "names_owners": any(inspect(each).transient for each in in_force.recipients),
        "typed": {name: typed.text(name) if typed else "" for name in TYPED},
        "deliveries": await name_messages(work, about),
        "is_moving": any(_is_moving(each, sheet) for each in newest),
    }


def _is_moving(delivery: Delivery, sheet: Sheet) -> bool:
    is_new = sheet.now - delivery.created_at < FOLLOWED_FOR
    return is_new and delivery.status == DeliveryStatus.PENDING


def _show_channels(
    sheet: Sheet, recipients: Sequence[Recipient], newest: Sequence[Delivery]
) -> list[ShownChannel]:
    seal = seal_of(sheet.settings)
    return [
        ShownChannel(
            kind=recipient.channel,
            name=recipient.shown,
            fingerprint=recipient.fingerprint,
            silent=why_unheard(recipient, seal),
            last=delivery_document(last) if (last := newest_to(recipient, newest)) else None,
        )
        for recipient in recipients
    ]
