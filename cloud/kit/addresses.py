"""Where a request came from: the peer, or what a trusted proxy says of it."""

import ipaddress
import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection


def client_address(connection: HTTPConnection, trusted_proxies: Sequence[str]) -> str:
    """The caller's address. `X-Forwarded-For` counts only as far as its proxies are trusted."""
    peer = connection.client.host if connection.client else "unknown"
    if not _trusted(peer, trusted_proxies):
        return peer
    for named in reversed(_forwarded(connection, "x-forwarded-for")):
        address = _read_address(named)
        if address is None:
            return peer
        if not _trusted(address, trusted_proxies):
            return address
    return peer


def is_https(connection: HTTPConnection, trusted_proxies: Sequence[str]) -> bool:
    """Whether the caller speaks https, to us or to a trusted proxy."""
    peer = connection.client.host if connection.client else "unknown"
    if _trusted(peer, trusted_proxies):
        forwarded = _forwarded(connection, "x-forwarded-proto")
        if forwarded:
            return forwarded[-1] == "https"
    return connection.url.scheme in {"https", "wss"}


def network_of(address: str) -> str:
    """What limits count: of IPv6 the first 64 bits, as whoever has one address there has them all.

    Anything else is counted as it stands.
    """
    read = _read_address(address)
    if read is None:
        return address
    parsed = ipaddress.ip_address(read.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return read
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


def _forwarded(connection: HTTPConnection, name: str) -> list[str]:
    """What the proxies said, the nearest one last: some add to the line, some add a line."""
    said = ",".join(connection.headers.getlist(name)).split(",")
    return [part.strip() for part in said if part.strip()]


def _trusted(address: str, proxies: Sequence[str]) -> bool:
    if _read_address(address) is None:
        return False
    parsed = ipaddress.ip_address(address)
    # A socket that takes both kinds shows an IPv4 peer as ::ffff:10.0.0.1.
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in ipaddress.ip_network(proxy, strict=False) for proxy in proxies)


def _read_address(text: str) -> str | None:
    """An address without the port that some proxies write behind it; None where it is none."""
    found = WITH_PORT.fullmatch(text)
    try:
        return str(ipaddress.ip_address((found["v4"] or found["v6"]) if found else text))
    except ValueError:
        return None


WITH_PORT = re.compile(r"(?P<v4>[0-9.]+):\d+|\[(?P<v6>[^\]]+)\](?::\d+)?")
"""`192.0.2.7:5678`, `[2001:db8::7]:443` or `[2001:db8::7]`."""
