"""One-time tokens of mailed links: made when the mail is sent, good once, only hashes are kept."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from cloud.accounts.models import OneTimeToken, TokenPurpose
from cloud.kit.clock import utc_now
from cloud.kit.database import Work
from cloud.kit.errors import Gone
from cloud.kit.ids import hash_secret, new_secret

TOKEN_PREFIX = "vot_"  # noqa: S105  # a prefix that scanners can find, no secret

LIFE = {
    TokenPurpose.RESET_PASSWORD: timedelta(minutes=30),
    TokenPurpose.VERIFY_EMAIL: timedelta(days=3),
}


def make_token(work: Work, user_id: UUID, purpose: TokenPurpose) -> str:
    """A new token of a user, to be mailed. Earlier ones stay good: their mail may still arrive."""
    token = new_secret(TOKEN_PREFIX)
    work.add(
        OneTimeToken(
            token_hash=hash_secret(token),
            user_id=user_id,
            purpose=purpose,
            expires_at=utc_now() + LIFE[purpose],
        )
    )
    return token


async def owner_of(work: Work, token: str, purpose: TokenPurpose) -> UUID:
    """Whose living token this is; it stays good. Raises Gone."""
    owner: UUID | None = await work.scalar(
        select(OneTimeToken.user_id).where(
            OneTimeToken.token_hash == hash_secret(token),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > func.clock_timestamp(),
        )
    )
    if owner is None:
        raise link_expired()
    return owner


async def use_token(work: Work, token: str, purpose: TokenPurpose) -> UUID:
    """Use a token up, and its owner's others of the purpose with it; whose it was. Raises Gone."""
    owner = await owner_of(work, token, purpose)
    used = await work.run(
        update(OneTimeToken)
        .where(OneTimeToken.token_hash == hash_secret(token), OneTimeToken.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
    )
    if not used:
        raise link_expired()
    await use_up_all(work, owner, purpose)
    return owner


async def use_up_all(work: Work, user_id: UUID, purpose: TokenPurpose) -> None:
    """Have no mailed link of a user be good for this any more."""
    await work.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=func.clock_timestamp())
    )


def link_expired() -> Gone:
    return Gone("link_expired", "This link has been used already or is too old. Ask for a new one.")
