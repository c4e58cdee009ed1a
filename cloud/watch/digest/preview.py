"""What the digest of the last 24 hours looks like. Nothing is kept, nothing is sent."""

from zoneinfo import ZoneInfo

from cloud.accounts.sessions import Person
from cloud.alerts.letters import read_zone
from cloud.alerts.models import DeliveryKind
from cloud.alerts.notes import Note, organization_name
from cloud.alerts.trying import no_camera
from cloud.alerts.writing import write_message
from cloud.channels.channel import Message
from cloud.kit.clock import utc_now
from cloud.kit.database import Database
from cloud.kit.ids import new_id
from cloud.kit.settings import Settings
from cloud.watch.digest.compiling import compile_digest
from cloud.watch.digest.days import until_now


async def draw_digest(database: Database, settings: Settings, who: Person) -> Message:
    """The digest as it would go to whoever asks. Raises NotFound where there is no camera."""
    async with database.work_for(who.organization_id) as work:
        zone = ZoneInfo(await read_zone(work))
        document = await compile_digest(work, until_now(utc_now(), zone), zone, settings)
        name = await organization_name(work)
    if document is None:
        raise no_camera()
    note = Note(new_id(), DeliveryKind.DIGEST, who.email, name, digest=document)
    return write_message(note, None, settings)
