"""The words of account mails: as text and as HTML, each with one link."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from cloud.accounts.invitations import LIFE as INVITATION_LIFE
from cloud.accounts.invitations import Invited
from cloud.accounts.models import TokenPurpose
from cloud.accounts.one_time_tokens import LIFE
from cloud.channels.channel import Message
from cloud.channels.mail_templates import make_message_id, open_mail_templates
from cloud.channels.plain_words import clean_line
from cloud.kit.settings import Settings

MINUTE_SECONDS = 60
LONGEST_NAME = 60

TEMPLATES = open_mail_templates(Path(__file__).parent / "templates")


@dataclass(frozen=True)
class MailForm:
    """Which template, and which page its link opens."""

    template: str
    subject: str
    page: str


FORMS = {
    TokenPurpose.VERIFY_EMAIL: MailForm(
        "verify_email", "Confirm your address for Visant", "verify-email"
    ),
    TokenPurpose.RESET_PASSWORD: MailForm(
        "reset_password", "Choose a new password for Visant", "reset-password"
    ),
}


INVITATION = MailForm("invitation", "You are invited to Visant", "signup")


def render_mail(
    mail_id: UUID, email: str, purpose: TokenPurpose, token: str, settings: Settings
) -> Message:
    """The mail with its link `{PUBLIC_URL}/verify-email?token=…` or `/reset-password?token=…`."""
    words = {
        "minutes": int(LIFE[purpose].total_seconds()) // MINUTE_SECONDS,
        "days": LIFE[purpose].days,
    }
    return _render(mail_id, email, FORMS[purpose], f"token={token}", settings, words)


def render_invitation(invited: Invited, token: str, settings: Settings) -> Message:
    """The mail with its link `{PUBLIC_URL}/signup?invitation=…`."""
    words = {
        "organization": clean_line(invited.organization, LONGEST_NAME),
        "invited_by": invited.invited_by,
        "days": INVITATION_LIFE.days,
    }
    mail_id, query = invited.invitation_id, f"invitation={token}"
    return _render(mail_id, invited.email, INVITATION, query, settings, words)


def _render(
    mail_id: UUID,
    email: str,
    form: MailForm,
    query: str,
    settings: Settings,
    more: Mapping[str, object],
) -> Message:
    words = {
        "link": f"{settings.base_url}/{form.page}?{query}",
        "recipient": email,
        "site": urlsplit(settings.base_url).netloc,
        **more,
    }
    return Message(
        message_id=make_message_id(mail_id, settings.base_url),
        to=email,
        subject=form.subject,
        text=TEMPLATES.get_template(f"{form.template}.txt").render(words),
        html=TEMPLATES.get_template(f"{form.template}.html").render(words),
    )
