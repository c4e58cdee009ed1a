"""Sign-up, sign-in, mailed links, profile: `/v1/auth`."""

from fastapi import APIRouter, Request, Response, status

from cloud.accounts.access import Viewer
from cloud.accounts.admission import read_account
from cloud.accounts.cookies import clear_session_cookie
from cloud.accounts.models import SessionKind
from cloud.accounts.preferences import Preferences, change_preferences, read_preferences
from cloud.accounts.profile import rename, sign_out
from cloud.accounts.refreshing import refresh
from cloud.accounts.resources import TheIdentity
from cloud.accounts.schemas import (
    ChangePasswordBody,
    ForgotPasswordBody,
    LoginBody,
    LogoutBody,
    MeDocument,
    ProfileBody,
    RefreshBody,
    ResetPasswordBody,
    SignedIn,
    SignUpBody,
    VerifyEmailBody,
)
from cloud.accounts.signing_in import sign_in
from cloud.accounts.signing_up import Newcomer, sign_up
from cloud.accounts.throttling import (
    LINKS,
    RESET_MAILS,
    RESET_REQUESTS,
    counted_by_address,
    counting_failed_changes,
    may_mail,
)
from cloud.accounts.verifying import mail_verification
from cloud.kit.access import ANYONE
from cloud.kit.addresses import client_address
from cloud.kit.resources import TheDatabase, TheSettings

router = APIRouter(prefix="/v1/auth", tags=["Accounts"])


@router.post("/signup", status_code=status.HTTP_201_CREATED, dependencies=[ANYONE])
async def post_signup(
    body: SignUpBody,
    request: Request,
    database: TheDatabase,
    settings: TheSettings,
    identity: TheIdentity,
) -> SignedIn:
    """Make an account with an organization of its own. A link to prove the address is mailed.

    By an invitation they join that organization instead, and the address is proved.
    """
    newcomer = Newcomer(body.email, body.password, body.name, body.invitation, body.time_zone)
    account, tokens = await sign_up(request, database, settings, identity, newcomer)
    return SignedIn.of(account, tokens, settings)


@router.post("/login", dependencies=[ANYONE])
async def post_login(
    body: LoginBody,
    request: Request,
    database: TheDatabase,
    settings: TheSettings,
    identity: TheIdentity,
) -> SignedIn:
    """Sign in. After ten failures in a quarter of an hour the account has to wait."""
    account, tokens = await sign_in(
        request, database, settings, identity, email=body.email, password=body.password
    )
    return SignedIn.of(account, tokens, settings)


@router.post("/refresh", dependencies=[ANYONE])
async def post_refresh(body: RefreshBody, database: TheDatabase, settings: TheSettings) -> SignedIn:
    """Exchange a refresh token for a new pair. A spent one that comes again ends the session."""
    user_id, tokens = await refresh(database, body.refresh_token)
    return SignedIn.of(await read_account(database, user_id), tokens, settings)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def post_logout(
    who: Viewer,
    response: Response,
    database: TheDatabase,
    settings: TheSettings,
    body: LogoutBody | None = None,
) -> None:
    """End this session, or all of the user's."""
    everywhere = body is not None and body.all
    async with database.work_for(who.organization_id) as work:
        await sign_out(work, who, everywhere=everywhere)
    if who.session_kind is SessionKind.BROWSER:
        clear_session_cookie(response, settings)


@router.get("/me")
async def get_me(who: Viewer, database: TheDatabase, settings: TheSettings) -> MeDocument:
    """Who is signed in."""
    return MeDocument.of(await read_account(database, who.user_id), settings)


@router.patch("/profile")
async def patch_profile(
    who: Viewer, body: ProfileBody, database: TheDatabase, settings: TheSettings
) -> MeDocument:
    """Change one's own name."""
    async with database.work_for(who.organization_id) as work:
        await rename(work, who, body.name)
    return MeDocument.of(await read_account(database, who.user_id), settings)


@router.post("/change-password", status_code=status.HTTP_204_NO_CONTENT)
async def post_change_password(
    who: Viewer,
    body: ChangePasswordBody,
    request: Request,
    database: TheDatabase,
    identity: TheIdentity,
) -> None:
    """Change the password. All other sessions of the user end."""
    async with counting_failed_changes(request, database, who):
        await identity.change_password(who, body.current_password, body.new_password)


@router.post(
    "/forgot-password",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
    dependencies=[ANYONE, counted_by_address(RESET_REQUESTS)],
)
async def post_forgot_password(
    body: ForgotPasswordBody, database: TheDatabase, identity: TheIdentity
) -> None:
    """Mail a link to choose a new password, if somebody has this address. Says nothing of that."""
    if await may_mail(database, RESET_MAILS, body.email):
        await identity.ask_to_reset(body.email)


@router.post(
    "/reset-password",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[ANYONE, counted_by_address(LINKS)],
)
async def post_reset_password(
    body: ResetPasswordBody, request: Request, settings: TheSettings, identity: TheIdentity
) -> None:
    """Choose a new password by a mailed link. All sessions of the user end."""
    address = client_address(request, settings.trusted_proxies)
    await identity.reset_password(body.token, body.new_password, address=address)


@router.post(
    "/verify-email",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[ANYONE, counted_by_address(LINKS)],
)
async def post_verify_email(body: VerifyEmailBody, identity: TheIdentity) -> None:
    """Prove an address by a mailed link."""
    await identity.verify_email(body.token)


@router.post("/send-verification", status_code=status.HTTP_202_ACCEPTED, response_class=Response)
async def post_send_verification(who: Viewer, database: TheDatabase, identity: TheIdentity) -> None:
    """Mail the link that proves the address once more."""
    await mail_verification(database, identity, who)


@router.get("/preferences")
async def get_preferences(who: Viewer) -> Preferences:
    """What the user has chosen for their own pages."""
    return read_preferences(who.preferences)


@router.put("/preferences")
async def put_preferences(who: Viewer, body: Preferences, database: TheDatabase) -> Preferences:
    """Change what is named; the rest stays."""
    async with database.work() as work:
        return await change_preferences(work, who, body)
