"""What a message would look like now, in every form, with a real picture. Nothing is sent."""

from typing import Any

from cloud.accounts.sessions import Person
from cloud.alerts.mail_pictures import fetch_picture
from cloud.alerts.models import DeliveryKind
from cloud.alerts.trying import draft_letter
from cloud.alerts.writing import write_message
from cloud.captures.pictures import note_viewing
from cloud.channels.channel import Message
from cloud.channels.inline_pictures import embed_pictures
from cloud.devices.queries import get_device
from cloud.kit.database import Database
from cloud.kit.settings import Settings
from cloud.storage.store import Store


async def draw_incident_message(
    database: Database,
    store: Store,
    settings: Settings,
    who: Person,
    kind: DeliveryKind,
    device_id: str | None,
) -> Message:
    """The message to whoever asks if a camera's newest picture opened or ended an incident now.

    Without a camera it is the one whose picture came last. Raises NotFound.
    """
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id) if device_id else None
        letter = await draft_letter(work, kind, device, who.email)
        if letter.capture is not None and letter.capture.image_stored:
            note_viewing(work, who, letter.capture)
    picture = await fetch_picture(store, letter.capture) if letter.capture else None
    return write_message(letter, picture, settings)


def preview_document(message: Message) -> dict[str, Any]:
    """The preview of the contract: the HTML needs nothing else, its pictures are in it."""
    return {
        "subject": message.subject,
        "text": message.text,
        "html": embed_pictures(message.html, message.inline_images),
        "webhook": message.data,
    }
