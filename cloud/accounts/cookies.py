"""The browser's session cookie: set, cleared, and what cookies are called.

No script can read it and no other site can make the browser send it with a form. `__Host-` binds
it to https and this host; over plain http browsers refuse that name, so a plain one is used there.
"""

from fastapi import Response

from cloud.accounts.sessions import BROWSER_SESSION_LIFE
from cloud.kit.settings import Settings


def cookie_name(settings: Settings, name: str = "visant") -> str:
    return f"__Host-{name}" if is_https(settings) else name


def set_session_cookie(response: Response, token: str, settings: Settings) -> None:
    """Hand the browser the token of its session."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(BROWSER_SESSION_LIFE.total_seconds()),
        path="/",
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Have the browser forget its session; a session is ended by `end_session`."""
    response.delete_cookie(
        cookie_name(settings), path="/", secure=is_https(settings), httponly=True, samesite="lax"
    )


def is_https(settings: Settings) -> bool:
    """Whether browsers come by https, and so take cookies that are bound to it."""
    return settings.base_url.startswith("https://")
