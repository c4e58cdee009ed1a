"""Where an organization's messages go: found again by its address, or enlisted when first named.

An e-mail address of somebody else has to be confirmed by whoever reads it before anything is sent
there, so that nobody can have strangers told. Addresses of the organization's own people, and those
at a host that one of them has a verified address at, count as its own, unless anybody may have an
address at that host.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, inspect, select, update
from sqlalchemy.dialects.postgresql import insert

from cloud.accounts.models import User
from cloud.alerts.models import Recipient
from cloud.alerts.public_mail import PUBLIC_MAIL_HOSTS
from cloud.channels.apprise_channel import hide_secrets
from cloud.channels.channel import ChannelKind
from cloud.channels.webhook import new_webhook_secret
from cloud.kit.clock import utc_now
from cloud.kit.database import OrganizationWork
from cloud.kit.ids import new_id
from cloud.kit.sealing import Seal, SealBroken

EARLIER_SECRET_LIFE = timedelta(days=1)
"""How long a changed secret goes on signing beside the new one."""

UNCONFIRMED = "This address has not been confirmed yet."
UNSUBSCRIBED = "Whoever reads this address asked for no more messages."
UNREADABLE = "This address can no longer be read, as SECRET_KEY was changed. Name it again."


@dataclass(frozen=True)
class Destination:
    """An address as somebody named it: an e-mail address or a URL, and what signs a webhook."""

    kind: ChannelKind
    address: str
    secret: str | None = None


@dataclass(frozen=True)
class Enlisted:
    """A recipient; `fresh_secret` is a webhook's that was made just now, to be shown once."""

    recipient: Recipient
    fresh_secret: str | None = None


async def enlist(work: OrganizationWork, seal: Seal, destination: Destination) -> Enlisted:
    """The recipient of an address; made where there is none.

    A webhook without a secret gets one. A new secret of a known webhook takes over, and the one
    before goes on signing for a day. Naming somebody who had unsubscribed asks them again. What
    another `SECRET_KEY` had sealed is sealed anew, and a webhook's secret is then a new one.
    """
    found = await _find(work, destination)
    if found is None:
        return await _make(work, seal, destination)
    fresh = _seal_anew(found, seal, destination)
    if destination.secret is not None and found.sealed_secret is not None:
        _change_secret(found, seal, destination.secret)
    if found.unsubscribed_at is not None:
        found.unsubscribed_at = found.confirmed_at = found.asked_at = None
    await work.flush()
    return Enlisted(found, fresh)


def email_recipient(address: str) -> Recipient:
    """One of the organization's own people, who needs no row until a message goes out."""
    return Recipient(
        channel=ChannelKind.EMAIL,
        shown=address,
        fingerprint=_fingerprint(address),
        confirmed_at=utc_now(),
    )


async def keep(work: OrganizationWork, recipient: Recipient) -> Recipient:
    """A recipient with its row: the one that is there, or a new one."""
    if not inspect(recipient).transient:
        return recipient
    await work.execute(
        insert(Recipient)
        .values(
            id=new_id(),
            organization_id=work.organization_id,
            channel=recipient.channel,
            shown=recipient.shown,
            fingerprint=recipient.fingerprint,
            confirmed_at=recipient.confirmed_at,
        )
        .on_conflict_do_update(
            index_elements=["organization_id", "channel", "fingerprint"],
            set_={"confirmed_at": func.coalesce(Recipient.confirmed_at, recipient.confirmed_at)},
        )
    )
    return await _get(work, recipient.channel, recipient.fingerprint)


def why_silent(recipient: Recipient) -> str | None:
    """Why nothing may be sent there now; None where it may."""
    if recipient.unsubscribed_at is not None:
        return UNSUBSCRIBED
    return UNCONFIRMED if recipient.confirmed_at is None else None


def why_unheard(recipient: Recipient, seal: Seal) -> str | None:
    """Why nothing arrives there: because nothing may be sent, or the address cannot be read."""
    try:
        read_destination(recipient, seal)
        read_secrets(recipient, seal)
    except SealBroken:
        return UNREADABLE
    return why_silent(recipient)


def read_destination(recipient: Recipient, seal: Seal) -> str:
    """The address itself. Raises SealBroken."""
    return seal.open(recipient.sealed_address) if recipient.sealed_address else recipient.shown


def read_secrets(recipient: Recipient, seal: Seal) -> tuple[str, ...]:
    """What signs a webhook now: one secret, or two while it is being changed. Raises SealBroken."""
    sealed = [recipient.sealed_secret]
    until = recipient.earlier_secret_until
    if until is not None and until > utc_now():
        sealed.append(recipient.sealed_earlier_secret)
    return tuple(seal.open(each) for each in sealed if each is not None)


def say(destination: Destination) -> str:
    """What people see of an address: of a URL not what could be a secret in it."""
    match destination.kind:
        case ChannelKind.EMAIL:
            return destination.address
        case ChannelKind.WEBHOOK:
            parts = urlsplit(destination.address)
            return f"{parts.scheme}://{parts.netloc}/…{_fingerprint(destination.address)[:4]}"
        case ChannelKind.APPRISE:
            return hide_secrets(destination.address)


async def _make(work: OrganizationWork, seal: Seal, destination: Destination) -> Enlisted:
    is_email = destination.kind is ChannelKind.EMAIL
    is_own = not is_email or await _is_of_our_people(work, destination.address)
    fresh = None
    if destination.kind is ChannelKind.WEBHOOK and destination.secret is None:
        fresh = new_webhook_secret()
    secret = destination.secret or fresh
    recipient = Recipient(
        id=new_id(),
        organization_id=work.organization_id,
        channel=destination.kind,
        fingerprint=_fingerprint(destination.address),
        shown=say(destination),
        sealed_address=None if is_email else seal.close(destination.address),
        sealed_secret=seal.close(secret) if secret else None,
        confirmed_at=utc_now() if is_own else None,
    )
    work.add(recipient)
    await work.flush()
    return Enlisted(recipient, fresh)


def _seal_anew(found: Recipient, seal: Seal, destination: Destination) -> str | None:
    """Mend a known URL that can no longer be read; a webhook's fresh secret, if it got one."""
    if found.sealed_address is None or found.fingerprint != _fingerprint(destination.address):
        return None
    try:
        seal.open(found.sealed_address)
    except SealBroken:
        found.sealed_address = seal.close(destination.address)
    else:
        return None
    if destination.kind is not ChannelKind.WEBHOOK:
        return None
    fresh = None if destination.secret else new_webhook_secret()
    found.sealed_secret = seal.close(destination.secret or fresh or "")
    found.sealed_earlier_secret = found.earlier_secret_until = None
    return fresh


def _change_secret(recipient: Recipient, seal: Seal, secret: str) -> None:
    try:
        if recipient.sealed_secret is None or seal.open(recipient.sealed_secret) == secret:
            return
    except SealBroken:
        recipient.sealed_earlier_secret = recipient.earlier_secret_until = None
    else:
        recipient.sealed_earlier_secret = recipient.sealed_secret
        recipient.earlier_secret_until = utc_now() + EARLIER_SECRET_LIFE
    recipient.sealed_secret = seal.close(secret)


async def _find(work: OrganizationWork, destination: Destination) -> Recipient | None:
    """By its address, or by how it is shown: what was read may be written back."""
    found: Recipient | None = await work.scalar(
        select(Recipient)
        .where(
            Recipient.organization_id == work.organization_id,
            Recipient.channel == destination.kind,
            (Recipient.fingerprint == _fingerprint(destination.address))
            | (Recipient.shown == destination.address),
        )
        .limit(1)
        .with_for_update()
    )
    return found


async def _get(work: OrganizationWork, channel: str, fingerprint: str) -> Recipient:
    found: Recipient = (
        await work.session.scalars(
            select(Recipient).where(
                Recipient.organization_id == work.organization_id,
                Recipient.channel == channel,
                Recipient.fingerprint == fingerprint,
            )
        )
    ).one()
    return found


async def distrust(work: OrganizationWork, email: str) -> None:
    """Send nothing more to an e-mail address until its reader has confirmed it, asked anew."""
    await work.execute(
        update(Recipient)
        .where(
            Recipient.organization_id == work.organization_id,
            Recipient.channel == ChannelKind.EMAIL,
            Recipient.fingerprint == _fingerprint(email),
        )
        .values(confirmed_at=None, asked_at=None)
    )


async def list_recipients(work: OrganizationWork, ids: Iterable[str]) -> list[Recipient]:
    """Those of these ids that are there, in their order."""
    wanted = list(ids)
    rows = await work.session.scalars(
        select(Recipient).where(
            Recipient.organization_id == work.organization_id, Recipient.id.in_(wanted)
        )
    )
    by_id = {str(row.id): row for row in rows}
    return [by_id[each] for each in wanted if each in by_id]


async def _is_of_our_people(work: OrganizationWork, email: str) -> bool:
    """Whether a user has this address, or is known to have one at the same host.

    At a host where anybody may have one, only the address itself counts.
    """
    host = email.rpartition("@")[2]
    is_theirs = User.email == email
    if host not in PUBLIC_MAIL_HOSTS:
        colleague = func.split_part(User.email, "@", 2) == host
        is_theirs |= colleague & User.email_verified_at.is_not(None)
    known = select(User.id).where(User.organization_id == work.organization_id, is_theirs)
    return bool(await work.scalar(select(known.exists())))


def _fingerprint(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
