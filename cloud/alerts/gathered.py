"""What a digest tells of the messages that it took: each incident once, as it now is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cloud.alerts.letters import read_zone
from cloud.alerts.mailed_links import Links
from cloud.alerts.models import Delivery
from cloud.alerts.notes import organization_name
from cloud.alerts.queries import ShownIncident, get_incidents
from cloud.kit.database import OrganizationWork


@dataclass(frozen=True)
class GatheredLetter:
    """`count` messages were gathered, about these incidents, the last opened first."""

    delivery_id: UUID
    recipient: str
    organization_name: str
    zone: str
    count: int
    incidents: Sequence[ShownIncident]
    links: Links = field(default_factory=dict)
    capture: None = None


async def read_gathered(
    work: OrganizationWork, digest: Delivery, gathered: Sequence[Delivery], links: Links
) -> GatheredLetter:
    """The letter of a digest that took these messages."""
    ids = {each.incident_id for each in gathered if each.incident_id is not None}
    return GatheredLetter(
        delivery_id=digest.id,
        recipient=digest.recipient,
        organization_name=await organization_name(work),
        zone=await read_zone(work),
        count=len(gathered),
        incidents=await get_incidents(work, ids),
        links=links,
    )
