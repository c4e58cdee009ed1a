"""By which ways messages leave this installation: made once, from the settings."""

from cloud.channels.apprise_channel import AppriseChannel
from cloud.channels.channel import Channel, ChannelKind, Channels, DeliveryFailed, Message
from cloud.channels.email_message import parse_sender
from cloud.channels.mailbox import DevelopmentMailbox
from cloud.channels.outbound import Outbound
from cloud.channels.sendgrid_channel import SendGridChannel
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import parse_smtp_url
from cloud.channels.webhook import WebhookChannel
from cloud.kit.settings import Settings


class NoMailChannel:
    """Production without a way to send: every mail waits, and its delivery says why."""

    async def send(self, message: Message) -> str:  # noqa: ARG002  # as the protocol has it
        """Raise DeliveryFailed, to be tried again once there is a way."""
        raise DeliveryFailed(
            permanent=False,
            answer="No mail channel is configured: set SENDGRID_API_KEY or SMTP_URL.",
        )


def make_channels(settings: Settings, mail_channel: Channel) -> Channels:
    """Every channel, by its kind."""
    outbound = Outbound.of(settings.outbound_allowed_networks)
    return {
        ChannelKind.EMAIL: mail_channel,
        ChannelKind.WEBHOOK: WebhookChannel(outbound),
        ChannelKind.APPRISE: AppriseChannel(),
    }


def make_mail_channel(settings: Settings) -> Channel:
    """The channel that all e-mail leaves by: SendGrid, SMTP, or the development mailbox."""
    sender = parse_sender(settings.alert_from_email)
    if settings.sendgrid_api_key is not None:
        key = settings.sendgrid_api_key.get_secret_value()
        return SendGridChannel(key, sender, base_url=settings.sendgrid_base_url)
    if settings.smtp_url is not None:
        return SmtpChannel(parse_smtp_url(settings.smtp_url.get_secret_value()), sender)
    if settings.production:
        return NoMailChannel()
    return DevelopmentMailbox(settings.data_directory / "mailbox", sender)
