"""Sends the queued account mails, again and again until they are taken, or it is too late.

The one-time token is made when a mail is sent, and only its hash is kept. A mail that was taken
just as the process died is sent twice, under one Message-ID; both its links are good. Whoever and
whatever the token is of, and the mail itself, is kept from going until it is made.
"""

import random
from dataclasses import dataclass

from sqlalchemy import delete, select

from cloud.accounts.invitations import make_invitation_token, read_invited
from cloud.accounts.mail_queue import NOBODYS, QUEUE
from cloud.accounts.mails import render_invitation, render_mail
from cloud.accounts.models import AccountMail, TokenPurpose, User
from cloud.accounts.one_time_tokens import make_token
from cloud.channels.channel import Channel, DeliveryFailed, Message
from cloud.kit.database import Database
from cloud.kit.logs import get_logger
from cloud.kit.patience import write_patiently
from cloud.kit.queue import Claim
from cloud.kit.settings import Settings

log = get_logger(__name__)

MOST_ATTEMPTS = 48
"""Spread over about ten hours."""

FIRST_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 900.0


@dataclass(frozen=True)
class Mailer:
    """A worker's turn sends what is due."""

    database: Database
    channel: Channel
    settings: Settings

    async def turn(self) -> bool:
        """Send one mail, if one is due; whether there may be more. Raises LeaseLost."""
        claims = await QUEUE.claim(
            self.database, limit=1, lease_seconds=self.settings.lease_seconds, after=None
        )
        for claim in claims:
            await self._send(claim)
        return bool(claims)

    async def _send(self, claim: Claim) -> None:
        is_invitation = claim.organization_id != NOBODYS
        write = self._write_invitation if is_invitation else self._write
        message = await write(claim)
        if message is None:
            await self._finish(claim)
            return
        try:
            await self.channel.send(message)
        except DeliveryFailed as failure:
            await self._note_failure(claim, failure)
        else:
            await write_patiently(lambda: self._finish(claim), scale=self.settings.retry_scale)

    async def _write(self, claim: Claim) -> Message | None:
        """The mail with a fresh link; None where nobody is to get it."""
        async with self.database.work() as work:
            mail = (
                await work.execute(
                    select(AccountMail.purpose, User.id, User.email, User.email_verified_at)
                    .join(User, User.email == AccountMail.email)
                    .where(AccountMail.id == claim.id)
                    .with_for_update(read=True, key_share=True, of=(AccountMail, User))
                )
            ).one_or_none()
            if mail is None or _is_needless(mail.purpose, verified=bool(mail.email_verified_at)):
                return None
            token = make_token(work, mail.id, mail.purpose)
        return render_mail(claim.id, mail.email, mail.purpose, token, self.settings)

    async def _write_invitation(self, claim: Claim) -> Message | None:
        """The mail with a fresh link; None where the invitation is over."""
        async with self.database.work_for(claim.organization_id) as work:
            invited = await read_invited(work, claim.id, keep=True)
            if invited is None:
                return None
            token = make_invitation_token(work, claim.id)
        return render_invitation(invited, token, self.settings)

    async def _note_failure(self, claim: Claim, failure: DeliveryFailed) -> None:
        given_up = failure.permanent or claim.attempts >= MOST_ATTEMPTS
        log.warning(
            "account_mail_failed",
            mail_id=str(claim.id),
            attempts=claim.attempts,
            given_up=given_up,
            answer=failure.answer,
        )
        if given_up:
            await self._finish(claim)
            return
        async with self.database.work() as work:
            await QUEUE.retry(work, claim, self._wait(claim.attempts))

    async def _finish(self, claim: Claim) -> None:
        async with self.database.work() as work:
            await QUEUE.finish(work, claim)
            await work.execute(delete(AccountMail).where(AccountMail.id == claim.id))

    def _wait(self, attempts: int) -> float:
        """Seconds until the next attempt: exponential, with full jitter over its upper half."""
        longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempts - 1))
        return random.uniform(longest / 2, longest) * self.settings.retry_scale  # noqa: S311  # no secret


def _is_needless(purpose: TokenPurpose, *, verified: bool) -> bool:
    return purpose == TokenPurpose.VERIFY_EMAIL and verified
