"""Making a share link. Its token is told once; only the hash is kept."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cloud.accounts.audit import note
from cloud.accounts.hashing import Hasher
from cloud.accounts.sessions import Person
from cloud.captures.queries import capture_not_found, get_capture, parse_record_id
from cloud.devices.models import Device
from cloud.devices.queries import get_device
from cloud.kit.clock import utc_now
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.ids import hash_secret, new_id, new_secret
from cloud.sharing.models import ShareLink, ShareToken
from cloud.sharing.queries import get_share
from cloud.sharing.schemas import ShareBody
from cloud.sharing.shares import Share

TOKEN_PREFIX = "vsh_"  # noqa: S105  # a prefix that scanners can find, no secret


@dataclass(frozen=True)
class MadeShare:
    """A new link and its address, which nobody can read again."""

    share: Share
    token: str
    url: str


async def make_share(
    database: Database,
    hasher: Hasher,
    who: Person,
    device_id: str,
    wanted: ShareBody,
    *,
    base_url: str,
) -> MadeShare:
    """Let whoever holds the new link look. Raises NotFound for a camera or capture of nobody's."""
    passcode_hash = await hasher.hash(wanted.passcode) if wanted.passcode else None
    token = new_secret(TOKEN_PREFIX)
    async with database.work_for(who.organization_id) as work:
        device = await get_device(work, device_id)
        capture_id = await _capture_of(work, device, wanted)
        link = _link(work, who, device, wanted, capture_id, passcode_hash)
        work.add(link)
        await work.flush()
        work.add(
            ShareToken(
                token_hash=hash_secret(token), link_id=link.id, organization_id=work.organization_id
            )
        )
        note(
            work,
            who,
            "share_link.made",
            str(link.id),
            device_id=device.unit_id,
            share_type=wanted.share_type,
        )
        share = await get_share(work, link.id)
    return MadeShare(share, token, f"{base_url}/s/{token}")


async def _capture_of(work: OrganizationWork, device: Device, wanted: ShareBody) -> UUID | None:
    if wanted.record_id is None:
        return None
    capture = await get_capture(work, parse_record_id(wanted.record_id))
    if capture.device_id != device.id:
        raise capture_not_found()
    return capture.id


def _link(
    work: OrganizationWork,
    who: Person,
    device: Device,
    wanted: ShareBody,
    capture_id: UUID | None,
    passcode_hash: str | None,
) -> ShareLink:
    return ShareLink(
        id=new_id(),
        organization_id=work.organization_id,
        device_id=device.id,
        unit_id=device.unit_id,
        share_type=wanted.share_type,
        capture_id=capture_id,
        from_at=wanted.after,
        to_at=wanted.before,
        states=list(wanted.states),
        label=wanted.label,
        passcode_hash=passcode_hash,
        created_by=who.email,
        expires_at=utc_now() + timedelta(hours=wanted.expires_in_hours),
        max_views=wanted.max_views,
    )
