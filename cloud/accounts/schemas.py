"""Bodies and answers of the accounts' routes."""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cloud.accounts.admission import Account
from cloud.accounts.emails import EmailAddress
from cloud.accounts.models import Role
from cloud.accounts.platform_admins import is_platform_admin
from cloud.accounts.sessions import TokenPair
from cloud.kit.bodies import Body, Name, Secret
from cloud.kit.settings import Settings
from cloud.kit.time_zones import TimeZoneName

EXAMPLE_PHRASE = "kettle lantern orchard"
EXAMPLE_ID = "01985f3e-6c1a-7b30-9d42-5f0c6f1d2a11"
EXAMPLE_USER = {
    "id": EXAMPLE_ID,
    "email": "anna@example.com",
    "name": "Anna",
    "role": "owner",
    "is_platform_admin": False,
    "email_verified": True,
}
EXAMPLE_ORGANIZATION = {"id": EXAMPLE_ID, "name": "Anna’s organization"}


def example(fields: dict[str, Any]) -> ConfigDict:
    """The example that the OpenAPI document carries for a body."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class SignUpBody(Body):
    """`invitation`: the token of the mailed link, which lets in with the role that it names.

    `time_zone`: of the new organization, UTC where it is not said; of whoever joins another.
    """

    model_config = example(
        {
            "email": "anna@example.com",
            "password": EXAMPLE_PHRASE,
            "name": "Anna",
            "time_zone": "Europe/Zurich",
        }
    )

    email: EmailAddress
    password: Secret
    name: Name | None = None
    invitation: Secret | None = None
    time_zone: TimeZoneName | None = None


class LoginBody(Body):
    model_config = example({"email": "anna@example.com", "password": EXAMPLE_PHRASE})

    email: EmailAddress
    password: Secret


class RefreshBody(Body):
    model_config = example({"refresh_token": "vrt_…"})

    refresh_token: Secret


class LogoutBody(Body):
    """`all`: every session of the user, on every device."""

    model_config = example({"all": True})

    all: bool = False


class ProfileBody(Body):
    model_config = example({"name": "Anna Smith"})

    name: Name


class ChangePasswordBody(Body):
    model_config = example(
        {"current_password": EXAMPLE_PHRASE, "new_password": "violin teapot meadow"}
    )

    current_password: Secret
    new_password: Secret


class ForgotPasswordBody(Body):
    model_config = example({"email": "anna@example.com"})

    email: EmailAddress


class ResetPasswordBody(Body):
    model_config = example({"token": "vot_…", "new_password": EXAMPLE_PHRASE})

    token: Secret
    new_password: Secret


class VerifyEmailBody(Body):
    model_config = example({"token": "vot_…"})

    token: Secret


class UserDocument(BaseModel):
    model_config = example(EXAMPLE_USER)

    id: UUID
    email: str
    name: str
    role: Role
    is_platform_admin: bool
    email_verified: bool

    @classmethod
    def of(cls, account: Account, settings: Settings) -> Self:
        return cls(**_user_fields(account, settings))


class OrganizationDocument(BaseModel):
    model_config = example(EXAMPLE_ORGANIZATION)

    id: UUID
    name: str

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(id=account.organization.id, name=account.organization.name)


class MeDocument(UserDocument):
    model_config = example(EXAMPLE_USER | {"organization": EXAMPLE_ORGANIZATION})

    organization: OrganizationDocument

    @classmethod
    def of(cls, account: Account, settings: Settings) -> Self:
        organization = OrganizationDocument.of(account)
        return cls(**_user_fields(account, settings), organization=organization)


class SignedIn(BaseModel):
    """`expires_in`: seconds that the access token lives."""

    model_config = example(
        {
            "access_token": "vst_…",
            "refresh_token": "vrt_…",
            "token_type": "bearer",
            "expires_in": 900,
            "user": EXAMPLE_USER,
            "organization": EXAMPLE_ORGANIZATION,
        }
    )

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # a word, no secret
    expires_in: int
    user: UserDocument
    organization: OrganizationDocument

    @classmethod
    def of(cls, account: Account, tokens: TokenPair, settings: Settings) -> Self:
        return cls(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in,
            user=UserDocument.of(account, settings),
            organization=OrganizationDocument.of(account),
        )


def _user_fields(account: Account, settings: Settings) -> dict[str, Any]:
    user = account.user
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "is_platform_admin": is_platform_admin(user, settings),
        "email_verified": user.email_verified_at is not None,
    }
