"""What somebody names as a channel, checked before it is kept: who may be told, and by what.

Checking an Apprise URL loads the service's code, so all of it runs in a thread.
"""

import asyncio
from collections.abc import Sequence

from cloud.alerts.notification_schemas import (
    AnyChannel,
    AppriseChannelBody,
    EmailChannelBody,
    WebhookChannelBody,
)
from cloud.alerts.recipients import Destination
from cloud.channels.apprise_channel import AppriseUrlRefused, open_apprise
from cloud.channels.channel import ChannelKind
from cloud.channels.outbound import AddressRefused, Outbound
from cloud.channels.webhook import read_webhook_secret
from cloud.kit.errors import FieldError, Malformed
from cloud.kit.settings import Settings


async def read_channels(
    channels: Sequence[AnyChannel],
    settings: Settings,
    *,
    known: frozenset[str],
    place: str = "channels",
) -> list[Destination]:
    """The destinations of a request's channels. Raises Malformed, naming every wrong field.

    `place` is where in the request they stand.
    `known` are addresses as people see them: what was read may be written back as it was.
    """
    outbound = Outbound.of(settings.outbound_allowed_networks)
    wrong = await asyncio.to_thread(_find_wrong, channels, outbound, known, place)
    if wrong:
        raise Malformed("channels_invalid", "Look at the fields named.", errors=tuple(wrong))
    return [_destination(channel) for channel in channels]


def _find_wrong(
    channels: Sequence[AnyChannel], outbound: Outbound, known: frozenset[str], place: str
) -> list[FieldError]:
    found = []
    for number, channel in enumerate(channels):
        if isinstance(channel, EmailChannelBody) or channel.url in known:
            continue
        name, reason = _why_wrong(channel, outbound)
        if reason:
            found.append(FieldError(f"{place}.{number}.{name}", reason))
    return found


def _why_wrong(
    channel: WebhookChannelBody | AppriseChannelBody, outbound: Outbound
) -> tuple[str, str | None]:
    try:
        if isinstance(channel, AppriseChannelBody):
            open_apprise(channel.url)
            return "url", None
        outbound.check_url(channel.url)
    except (AddressRefused, AppriseUrlRefused) as refused:
        return "url", str(refused)
    try:
        if channel.secret is not None:
            read_webhook_secret(channel.secret)
    except ValueError as error:
        return "secret", str(error)
    return "secret", None


def _destination(channel: AnyChannel) -> Destination:
    if isinstance(channel, EmailChannelBody):
        return Destination(ChannelKind.EMAIL, channel.to)
    if isinstance(channel, WebhookChannelBody):
        return Destination(ChannelKind.WEBHOOK, channel.url, channel.secret)
    return Destination(ChannelKind.APPRISE, channel.url)
