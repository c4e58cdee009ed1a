"""Sends what is queued: one message at a time, tried again and again until taken or hopeless.

No connection is held while a message is sent. What came of it is written only while the claim is
still ours; that it was taken, as soon as the database is there. If the process dies after the other
side said yes and before that is written, the message goes out once more, under the same Message-ID.
"""

import random
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update

from cloud.alerts.admitting import admit
from cloud.alerts.gathered import read_gathered
from cloud.alerts.gathering import gathered_by
from cloud.alerts.letters import read_letter
from cloud.alerts.mail_pictures import fetch_picture
from cloud.alerts.mailed_links import Links, make_links
from cloud.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Recipient
from cloud.alerts.notes import read_note
from cloud.alerts.notified import mark_notified
from cloud.alerts.queueing import DELIVERIES
from cloud.alerts.recipients import UNREADABLE, read_destination, read_secrets, why_silent
from cloud.alerts.writing import AnyLetter, write_message
from cloud.channels.channel import ChannelKind, Channels, DeliveryFailed, Message
from cloud.kit.database import Database, OrganizationWork
from cloud.kit.logs import get_logger
from cloud.kit.patience import write_patiently
from cloud.kit.queue import Claim
from cloud.kit.sealing import SealBroken, seal_of
from cloud.kit.settings import Settings
from cloud.storage.store import Store

log = get_logger(__name__)

SLOTS = 8
"""How many messages one process sends side by side, so that a slow recipient delays nobody."""

MOST_ATTEMPTS = 16
"""Some two days of trying, up to four and a half."""

GIVEN_UP = DeliveryFailed(permanent=True, answer="No attempt to send it came to an end.")

SEALED_OTHERWISE = DeliveryFailed(permanent=True, answer=UNREADABLE)

FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 86_400.0


@dataclass(frozen=True)
class Outgoing:
    """A letter with where it goes."""

    letter: AnyLetter
    kind: ChannelKind
    to: str
    secrets: tuple[str, ...]

    def address(self, message: Message) -> Message:
        return replace(message, to=self.to, secrets=self.secrets)


@dataclass(frozen=True)
class Sender:
    """Sends one message at a time; a worker calls it for several side by side."""

    database: Database
    channels: Channels
    store: Store
    settings: Settings

    async def send(self, claim: Claim) -> None:
        """Send one message and write down what came of it. Raises LeaseLost."""
        if claim.attempts > MOST_ATTEMPTS:  # each of them ended without an outcome, as in a crash
            await self._note_failure(claim, GIVEN_UP)
            return
        try:
            outgoing = await self._read(claim)
        except SealBroken:
            await self._note_failure(claim, SEALED_OTHERWISE)
            return
        except DeliveryFailed as failure:
            await self._note_failure(claim, failure)
            return
        if outgoing is None:
            return
        letter = outgoing.letter
        picture = await fetch_picture(self.store, letter.capture) if letter.capture else None
        message = write_message(letter, picture, self.settings)
        try:
            answer = await self.channels[outgoing.kind].send(outgoing.address(message))
        except DeliveryFailed as failure:
            await self._note_failure(claim, failure)
        else:
            await write_patiently(
                lambda: self._note_sent(claim, answer), scale=self.settings.retry_scale
            )

    async def _read(self, claim: Claim) -> Outgoing | None:
        """What is to be sent now. What is gone or was sent already is taken off the queue.

        Raises DeliveryFailed where the recipient has meanwhile asked for no more, and SealBroken.
        """
        async with self.database.work_for(claim.organization_id) as work:
            row = (
                await work.session.execute(
                    select(Delivery, Recipient)
                    .join(Recipient, Recipient.id == Delivery.recipient_id)
                    .where(
                        Delivery.organization_id == work.organization_id,
                        Recipient.organization_id == work.organization_id,
                        Delivery.id == claim.id,
                        Delivery.status == DeliveryStatus.PENDING,
                    )
                )
            ).one_or_none()
            if row is None:
                await DELIVERIES.finish(work, claim)
                return None
            delivery, recipient = row
            silent = why_silent(recipient)
            if silent is not None and delivery.kind != DeliveryKind.CONFIRMATION:
                raise DeliveryFailed(permanent=True, answer=silent)
            if not await admit(work, claim, delivery):
                return None
            return await self._address(work, delivery, recipient)

    async def _address(
        self, work: OrganizationWork, delivery: Delivery, recipient: Recipient
    ) -> Outgoing:
        seal = seal_of(self.settings)
        links = make_links(work, delivery, self.settings.base_url)
        letter = await _read_letter(work, delivery, links)
        return Outgoing(
            letter=letter,
            kind=ChannelKind(recipient.channel),
            to=read_destination(recipient, seal),
            secrets=read_secrets(recipient, seal),
        )

    async def _note_sent(self, claim: Claim, answer: str) -> None:
        async with self.database.work_for(claim.organization_id) as work:
            await DELIVERIES.finish(work, claim)
            await _note(work, claim, answer, DeliveryStatus.SENT)
            await mark_notified(work, claim.id)

    async def _note_failure(self, claim: Claim, failure: DeliveryFailed) -> None:
        given_up = failure.permanent or claim.attempts >= MOST_ATTEMPTS
        log.warning(
            "delivery_failed",
            delivery_id=str(claim.id),
            attempts=claim.attempts,
            given_up=given_up,
        )
        async with self.database.work_for(claim.organization_id) as work:
            if given_up:
                await DELIVERIES.finish(work, claim)
                await _note(work, claim, failure.answer, DeliveryStatus.FAILED)
            else:
                wait = self.settings.retry_scale * wait_before_retry(claim.attempts)
                await DELIVERIES.retry(work, claim, wait)
                await _note(work, claim, failure.answer, DeliveryStatus.PENDING)


def wait_before_retry(attempts: int) -> float:
    """Seconds until the next attempt: up to 30, 60, … a day, with full jitter.

    Source: Exponential Backoff And Jitter, AWS Architecture Blog.
    """
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
    return random.uniform(0, longest)  # noqa: S311  # no secret


async def _read_letter(work: OrganizationWork, delivery: Delivery, links: Links) -> AnyLetter:
    if delivery.incident_id is not None:
        return await read_letter(work, delivery, delivery.incident_id, links)
    gathered = await gathered_by(work, delivery.id)
    if gathered:
        return await read_gathered(work, delivery, gathered, links)
    return await read_note(work, delivery, links)


async def _note(work: OrganizationWork, claim: Claim, answer: str, status: DeliveryStatus) -> None:
    """Write down what came of an attempt, in the transaction that still holds the lease.

    What a digest took shares its fate.
    """
    sent_at = func.clock_timestamp() if status is DeliveryStatus.SENT else None
    await work.execute(
        update(Delivery)
        .where(
            Delivery.organization_id == work.organization_id,
            (Delivery.id == claim.id) | (Delivery.gathered_into == claim.id),
        )
        .values(status=status, attempts=claim.attempts, last_answer=answer, sent_at=sent_at)
    )
