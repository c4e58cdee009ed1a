"""Same-origin checks: a browser's cookie may write only from our own pages."""

from urllib.parse import urlsplit

from fastapi import Request

from cloud.kit.errors import Forbidden
from cloud.kit.resources import TheSettings
from cloud.kit.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def require_same_origin(request: Request, settings: Settings) -> None:
    """Let an unsafe request pass only from our own pages. Raises Forbidden.

    Browsers say where a request comes from by `Sec-Fetch-Site`, older ones by `Origin`
    (OWASP, Cross-Site Request Forgery Prevention: fetch metadata, verifying origin).
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
        raise _refused()
    if not is_own(request.headers.get("origin", ""), request.headers.get("host"), settings):
        raise _refused()


def is_own(origin: str, host: str | None, settings: Settings) -> bool:
    """Whether an origin, as a browser names it, is ours: by the address asked, or PUBLIC_URL."""
    place = place_of(origin)
    return bool(place) and place in {host, place_of(settings.base_url)}


def place_of(address: str) -> str:
    """The host of a web address with its port; nothing where it is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


async def same_origin(request: Request, settings: TheSettings) -> None:
    """A dependency for forms that anyone may send, such as signing in."""
    require_same_origin(request, settings)


async def not_from_elsewhere(request: Request, settings: TheSettings) -> None:
    """A dependency for forms that programs send too: they do not say where they come from."""
    if "sec-fetch-site" in request.headers or "origin" in request.headers:
        require_same_origin(request, settings)


def _refused() -> Forbidden:
    return Forbidden(
        "cross_site_request", "This request came from another site. Open Visant and try again."
    )
