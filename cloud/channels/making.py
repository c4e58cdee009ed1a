"""Which way e-mail leaves this installation: SMTP where it is configured, else the mailbox."""

from cloud.channels.channel import Channel, DeliveryFailed, Message
from cloud.channels.email_message import parse_sender
from cloud.channels.mailbox import DevelopmentMailbox
from cloud.channels.smtp import SmtpChannel
from cloud.channels.smtp_server import parse_smtp_url
from cloud.kit.settings import Settings


class NoMailChannel:
    """Production without a way to send: every mail waits, and its delivery says why."""

    async def send(self, message: Message) -> str:  # noqa: ARG002  # as the protocol has it
        """Raise DeliveryFailed, to be tried again once `SMTP_URL` is set."""
        raise DeliveryFailed(permanent=False, answer="No mail channel is configured: set SMTP_URL.")


def make_mail_channel(settings: Settings) -> Channel:
    """The channel that all e-mail leaves by."""
    sender = parse_sender(settings.alert_from_email)
    if settings.smtp_url is not None:
        return SmtpChannel(parse_smtp_url(settings.smtp_url.get_secret_value()), sender)
    if settings.production:
        return NoMailChannel()
    return DevelopmentMailbox(settings.data_directory / "mailbox", sender)
