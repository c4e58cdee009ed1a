"""Where messages may go that an organization named itself: out to the internet, never inside.

An address that somebody types into a form must not make this server knock at its own network. So
the last check is made on the very address that a socket is about to connect to: a name that
answers one thing when it is checked and another when it is used gains nothing (DNS rebinding), nor
does an address written as one number, in octal or as IPv4 inside IPv6. Redirects are not followed.

The platform may allow networks of its own, as for a home server on the same LAN; only those may be
reached without TLS and on any port.
"""

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cloud.channels.plain_words import clean_line

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""One answer of `getaddrinfo`."""

PUBLIC_PORTS = frozenset({443, 8443})
LONGEST_URL = 2000

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that has been given out of IPv6 (RFC 4291, IANA). The library calls global what is in no list
of its own: site-local addresses, and IPv4 written as IPv6 in ways that went out of use."""


class AddressRefused(OSError):
    """This server does not connect there; the message is one sentence for people."""


@dataclass(frozen=True)
class Outbound:
    """What may be reached: the internet over TLS, and the networks that the platform allows."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> "Outbound":
        return cls(tuple(ipaddress.ip_network(each, strict=False) for each in networks))

    def check_url(self, url: str) -> SplitResult:
        """The parts of an address that may be tried. Raises AddressRefused; asks no name server."""
        parts = _split(url)
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("The address must hold no user name and no password.")
        if parts.scheme == "http" and not self.allowed:
            raise AddressRefused("The address must start with https://.")
        literal = _read_literal(parts.hostname or "")
        if literal is not None and not self.is_open(literal, encrypted=parts.scheme == "https"):
            raise AddressRefused("This address is not on the public internet.")
        if not self.allowed and parts.port not in {None, *PUBLIC_PORTS}:
            raise AddressRefused("The port must be 443 or 8443.")
        return parts

    def is_open(self, address: Address, *, encrypted: bool, port: int = 443) -> bool:
        """Whether a connection to this address may be made."""
        if any(address in network for network in self.allowed):
            return True
        is_public = all(_is_public(each) for each in _unwrap(address))
        return is_public and encrypted and port in PUBLIC_PORTS

    def open_socket(self, info: AddressInfo, *, encrypted: bool) -> socket.socket:
        """A socket for this one address. Raises AddressRefused where it must not be reached."""
        family, kind, protocol, _, target = info
        if not self.is_open(ipaddress.ip_address(target[0]), encrypted=encrypted, port=target[1]):
            raise AddressRefused("This address is not on the public internet.")
        return socket.socket(family, kind, protocol)


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL or clean_line(url, LONGEST_URL) != url or " " in url:
        raise AddressRefused("That is no web address.")
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or "\\" in url:
        raise AddressRefused("That is no web address.")
    if parts.scheme not in {"https", "http"}:
        raise AddressRefused("The address must start with https://.")
    return parts


def _read_literal(host: str) -> Address | None:
    """The address that a host is written as, in any of the ways that `inet_aton` takes."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _unwrap(address: Address) -> Iterator[Address]:
    """The address, and any IPv4 address that packets to it end up at."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if inner is not None:
            yield inner


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address in _NAT64:
            return True  # what counts is the address inside, which is looked at by itself
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast
