"""The identity provider that needs nobody else: Argon2id hashes and mailed links of our own."""

from uuid import UUID

from sqlalchemy import Update, func, select, update

from cloud.accounts.audit import note
from cloud.accounts.hashing import Hasher
from cloud.accounts.identity import Credential
from cloud.accounts.mail_queue import queue_mail, withdraw_mails
from cloud.accounts.models import TokenPurpose, User
from cloud.accounts.one_time_tokens import owner_of, use_token, use_up_all
from cloud.accounts.passwords import refuse_weak_password
from cloud.accounts.sessions import Actor, Person, end_all_sessions
from cloud.kit.database import Database, Work
from cloud.kit.errors import FieldError, Gone, Malformed, Unauthenticated


class LocalIdentity:
    """An IdentityProvider over our own database."""

    def __init__(self, database: Database, hasher: Hasher) -> None:
        self._database = database
        self._hasher = hasher

    async def enrol(self, email: str, password: str, name: str | None) -> Credential:
        """The hash of a password that is good enough. Raises Malformed `password_too_weak`."""
        return Credential(
            password_hash=await self._hash(password, known=(email, name or ""), field="password")
        )

    async def ask_to_verify(self, work: Work, email: str) -> None:
        """Queue the mail with the link."""
        await queue_mail(work, email, TokenPurpose.VERIFY_EMAIL)

    async def address_to_prove(self, token: str) -> str | None:
        """The address of the link's user; None where the link is dead."""
        async with self._database.work() as work:
            try:
                user_id = await owner_of(work, token, TokenPurpose.VERIFY_EMAIL)
            except Gone:
                return None
            email: str | None = await work.scalar(select(User.email).where(User.id == user_id))
            return email

    async def verify_email(self, token: str) -> None:
        """Use the link's token up. Raises Gone `link_expired`."""
        async with self._database.work() as work:
            user_id = await use_token(work, token, TokenPurpose.VERIFY_EMAIL)
            await work.execute(_address_proved(user_id))

    async def authenticate(self, email: str, password: str) -> UUID:
        """The user of this address and password. Raises Unauthenticated `invalid_credentials`."""
        async with self._database.work() as work:
            found = (
                await work.execute(select(User.id, User.password_hash).where(User.email == email))
            ).one_or_none()
        stored: str | None = found.password_hash if found is not None else None
        check = await self._hasher.check(stored, password)
        if found is None or not check.matches:
            raise Unauthenticated("invalid_credentials", "E-mail address or password is wrong.")
        if check.outdated:
            await self._hash_anew(found.id, password, outdated=stored)
        user_id: UUID = found.id
        return user_id

    async def change_password(self, who: Person, current: str, new: str) -> None:
        """Change it, end the other sessions, links and mails to reset it, in one transaction."""
        async with self._database.work() as work:
            stored = await work.scalar(select(User.password_hash).where(User.id == who.user_id))
        if not (await self._hasher.check(stored, current)).matches:
            sentence = "This is not your current password."
            field = FieldError("current_password", sentence)
            raise Malformed("wrong_password", sentence, errors=(field,))
        password_hash = await self._hash(new, known=(who.email, who.name))
        async with self._database.work_for(who.organization_id) as work:
            await work.execute(_password_set(who.user_id, password_hash))
            await withdraw_mails(work, who.email, TokenPurpose.RESET_PASSWORD)
            await use_up_all(work, who.user_id, TokenPurpose.RESET_PASSWORD)
            await end_all_sessions(work, who.user_id, except_id=who.session_id)
            note(work, who, "password.changed")

    async def ask_to_reset(self, email: str) -> None:
        """Queue the mail whether or not anybody has this address: only its sender looks."""
        async with self._database.work() as work:
            await queue_mail(work, email, TokenPurpose.RESET_PASSWORD)

    async def reset_password(self, token: str, new: str, *, address: str) -> None:
        """Set the password, end all sessions, use the token up: in one transaction."""
        async with self._database.work() as work:
            owner_id = await owner_of(work, token, TokenPurpose.RESET_PASSWORD)
            owner = (await work.execute(select(User).where(User.id == owner_id))).scalar_one()
        password_hash = await self._hash(new, known=(owner.email, owner.name))
        async with self._database.work_for(owner.organization_id) as work:
            await withdraw_mails(work, owner.email, TokenPurpose.RESET_PASSWORD)
            await use_token(work, token, TokenPurpose.RESET_PASSWORD)
            await work.execute(_password_set(owner_id, password_hash))
            await work.execute(_address_proved(owner_id))
            await end_all_sessions(work, owner_id)
            note(work, Actor(owner_id, owner.email, address), "password.reset")

    async def _hash(
        self, password: str, *, known: tuple[str, ...], field: str = "new_password"
    ) -> str:
        await self._hasher.off_the_loop(
            lambda: refuse_weak_password(password, known=known, field=field)
        )
        return await self._hasher.hash(password)

    async def _hash_anew(self, user_id: UUID, password: str, *, outdated: str | None) -> None:
        """Store a hash of today's parameters, unless the password was changed meanwhile."""
        password_hash = await self._hasher.hash(password)
        async with self._database.work() as work:
            await work.execute(
                update(User)
                .where(User.id == user_id, User.password_hash == outdated)
                .values(password_hash=password_hash)
            )


def _password_set(user_id: UUID, password_hash: str) -> Update:
    return update(User).where(User.id == user_id).values(password_hash=password_hash)


def _address_proved(user_id: UUID) -> Update:
    """Whoever has the link reads the mails of the address."""
    proved_at = func.coalesce(User.email_verified_at, func.clock_timestamp())
    return update(User).where(User.id == user_id).values(email_verified_at=proved_at)
