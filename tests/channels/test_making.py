from pydantic import SecretStr

from cloud.channels.channel import ChannelKind
from cloud.channels.mailbox import DevelopmentMailbox
from cloud.channels.making import make_channels, make_mail_channel
from cloud.channels.sendgrid_channel import SendGridChannel
from cloud.channels.smtp import SmtpChannel
from cloud.kit.settings import Settings


def test_sendgrid_comes_before_smtp_and_that_before_the_mailbox(settings: Settings) -> None:
    smtp = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:25")})
    both = smtp.model_copy(update={"sendgrid_api_key": SecretStr("SG.tests")})
    assert isinstance(make_mail_channel(settings), DevelopmentMailbox)
    assert isinstance(make_mail_channel(smtp), SmtpChannel)
    assert isinstance(make_mail_channel(both), SendGridChannel)


def test_there_is_a_channel_of_every_kind(settings: Settings) -> None:
    mail = make_mail_channel(settings)
    channels = make_channels(settings, mail)
    assert channels.keys() == set(ChannelKind)
    assert channels[ChannelKind.EMAIL] is mail
