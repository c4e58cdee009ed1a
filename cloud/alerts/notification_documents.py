"""The Notifications document: who is told, with as much of an address as the reader may see."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from cloud.alerts.models import Recipient
from cloud.alerts.notifications import Notifications
from cloud.alerts.recipients import Enlisted, read_destination, why_silent, why_unheard
from cloud.channels.channel import ChannelKind
from cloud.kit.sealing import Seal, SealBroken

MINUTE = timedelta(minutes=1)


def notifications_document(
    notifications: Notifications, seal: Seal | None, enlisted: Iterable[Enlisted] = ()
) -> dict[str, Any]:
    """What is in force. Without the seal, addresses are as people see them."""
    fresh = {each.recipient.id: each.fresh_secret for each in enlisted if each.fresh_secret}
    escalation = notifications.escalation

    def channels_of(recipients: Iterable[Recipient]) -> list[dict[str, Any]]:
        return [_channel_document(each, seal, fresh.get(each.id)) for each in recipients]

    return {
        "enabled": notifications.enabled,
        "channels": channels_of(notifications.recipients),
        "cooldown_minutes": notifications.cooldown_minutes,
        "on_uncertain": notifications.on_uncertain,
        "on_offline_after_minutes": notifications.on_offline_after_minutes,
        "quiet_hours": [hours.document for hours in notifications.quiet_hours],
        "escalation": escalation
        and {
            "after_minutes": escalation.after // MINUTE,
            "channels": channels_of(escalation.recipients),
        },
    }


def organization_notifications_document(
    notifications: Notifications, seal: Seal | None, enlisted: Iterable[Enlisted] = ()
) -> dict[str, Any]:
    """What is in force for the organization, with what no camera chooses for itself."""
    document = notifications_document(notifications, seal, enlisted)
    return document | {"daily_digest": notifications.daily_digest}


def device_notifications_document(
    notifications: Notifications, seal: Seal | None, enlisted: Iterable[Enlisted] = ()
) -> dict[str, Any]:
    """What is in force for a camera, with the names of what it chose for itself."""
    document = notifications_document(notifications, seal, enlisted)
    return document | {"own": sorted(notifications.own)}


def _channel_document(
    recipient: Recipient, seal: Seal | None, fresh_secret: str | None
) -> dict[str, Any]:
    name = "to" if recipient.channel == ChannelKind.EMAIL else "url"
    document = {"kind": recipient.channel, name: _address(recipient, seal)}
    if fresh_secret is not None:
        document["secret"] = fresh_secret
    silent = why_silent(recipient) if seal is None else why_unheard(recipient, seal)
    return document if silent is None else document | {"silent": silent}


def _address(recipient: Recipient, seal: Seal | None) -> str:
    try:
        return recipient.shown if seal is None else read_destination(recipient, seal)
    except SealBroken:
        return recipient.shown
