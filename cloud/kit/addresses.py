"""Where a request came from: the peer, or what a trusted proxy says of it."""

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection


def client_address(connection: HTTPConnection, trusted_proxies: Sequence[str]) -> str:
    """The caller's address. `X-Forwarded-For` counts only as far as its proxies are trusted."""
    peer = connection.client.host if connection.client else "unknown"
    if not _trusted(peer, trusted_proxies):
        return peer
    named = [part.strip() for part in connection.headers.get("x-forwarded-for", "").split(",")]
    for address in reversed(named):
        if address and not _trusted(address, trusted_proxies):
            return address if _is_address(address) else peer
    return peer


def is_https(connection: HTTPConnection, trusted_proxies: Sequence[str]) -> bool:
    """Whether the caller speaks https, to us or to a trusted proxy."""
    peer = connection.client.host if connection.client else "unknown"
    if _trusted(peer, trusted_proxies):
        forwarded = connection.headers.get("x-forwarded-proto")
        if forwarded:
            return forwarded.split(",")[-1].strip() == "https"
    return connection.url.scheme in {"https", "wss"}


def _trusted(address: str, proxies: Sequence[str]) -> bool:
    if not _is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    # A socket that takes both kinds shows an IPv4 peer as ::ffff:10.0.0.1.
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in ipaddress.ip_network(proxy, strict=False) for proxy in proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
