"""How people prove who they are: the edge behind which passwords and one-time links live.

`local` keeps Argon2id hashes in our database. Another provider may keep the passwords elsewhere
and mail its own links; whoever calls this protocol does not see the difference.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cloud.accounts.sessions import Person
from cloud.kit.database import Work


@dataclass(frozen=True)
class Credential:
    """By what a new user will be known again: one of the two is set."""

    password_hash: str | None = None
    supabase_user_id: str | None = None


class IdentityProvider(Protocol):
    """What any provider does.

    None of its calls may be made inside an open transaction, but for `ask_to_verify`, which takes
    part in the sign-up's own.
    """

    async def enrol(self, email: str, password: str, name: str | None) -> Credential:
        """Take in somebody new. Raises Malformed `password_too_weak`, Conflict `email_taken`."""
        ...

    async def ask_to_verify(self, work: Work, email: str) -> None:
        """See to it that a link to prove the address is mailed, if this transaction commits."""
        ...

    async def address_to_prove(self, token: str) -> str | None:
        """Which address a link would prove; None where the link is dead."""
        ...

    async def verify_email(self, token: str) -> None:
        """Note that the link's user owns the address. Raises Gone `link_expired`."""
        ...

    async def authenticate(self, email: str, password: str) -> UUID:
        """The user who has this address and password.

        Raises Unauthenticated `invalid_credentials`, in the same words and after the same time
        for an unknown address.
        """
        ...

    async def change_password(self, who: Person, current: str, new: str) -> None:
        """Change it, end all other sessions of the user and mailed links to reset it, note it.

        Raises Malformed `wrong_password` or `password_too_weak`.
        """
        ...

    async def ask_to_reset(self, email: str) -> None:
        """See to it that a link is mailed if somebody has this address; the caller cannot tell."""
        ...

    async def reset_password(self, token: str, new: str, *, address: str) -> None:
        """Set the password of the link's user, end all of their sessions, note it in the audit.

        Raises Gone `link_expired`, Malformed `password_too_weak`.
        """
        ...
