"""A message in words: of incidents by `mails`, of what was gathered and of a day by their own."""

from urllib.parse import urlsplit

from cloud.alerts.digest_mails import render_digest
from cloud.alerts.gathered import GatheredLetter
from cloud.alerts.gathered_mails import render_gathered
from cloud.alerts.letters import Letter
from cloud.alerts.mails import PICTURE_ID, TEMPLATES, render_letter
from cloud.alerts.models import DeliveryKind, MailedAction
from cloud.alerts.notes import Note
from cloud.channels.channel import InlineImage, Message
from cloud.channels.email_message import LONGEST_SUBJECT
from cloud.channels.mail_templates import make_message_id
from cloud.channels.plain_words import clean_line
from cloud.kit.clock import utc_now
from cloud.kit.settings import Settings

AnyLetter = Letter | Note | GatheredLetter


def write_message(letter: AnyLetter, picture: bytes | None, settings: Settings) -> Message:
    """The message of a letter or note. Its id is the same at every attempt."""
    if isinstance(letter, Letter):
        return render_letter(letter, picture, settings)
    if isinstance(letter, GatheredLetter):
        return render_gathered(letter, settings)
    if letter.digest is not None:
        return render_digest(letter, letter.digest, settings)
    return _write_note(letter, picture, settings)


def _write_note(note: Note, picture: bytes | None, settings: Settings) -> Message:
    template = "confirmation" if note.kind is DeliveryKind.CONFIRMATION else "test"
    label = settings.alert_environment_label
    words = {
        "organization_name": note.organization_name,
        "device_name": note.device_name,
        "picture_id": PICTURE_ID if picture else None,
        "capture_url": f"{settings.base_url}/ui/captures/{note.capture.id}"
        if note.capture
        else None,
        "pages_url": f"{settings.base_url}/ui",
        "confirm_url": note.links.get(MailedAction.CONFIRM),
        "unsubscribe_url": note.links.get(MailedAction.UNSUBSCRIBE),
        "label": label,
        "recipient": note.recipient,
        "site": urlsplit(settings.base_url).netloc,
    }
    subject = f"[{label}] {SUBJECTS[template]}" if label else SUBJECTS[template]
    return Message(
        message_id=make_message_id(note.delivery_id, settings.base_url),
        to=note.recipient,
        subject=clean_line(subject.format(name=note.organization_name), LONGEST_SUBJECT),
        text=TEMPLATES.get_template(f"{template}.txt").render(words),
        html=TEMPLATES.get_template(f"{template}.html").render(words),
        inline_images=(InlineImage(PICTURE_ID, picture),) if picture else (),
        unsubscribe_url=note.links.get(MailedAction.UNSUBSCRIBE),
        data={
            "type": str(note.kind),
            "timestamp": utc_now(),
            "data": {"organization": note.organization_name, "device_name": note.device_name},
        },
    )


SUBJECTS = {
    "test": "Test: messages of {name} reach you",
    "confirmation": "Do you want messages of {name}?",
}
