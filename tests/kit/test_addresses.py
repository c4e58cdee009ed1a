import pytest
from starlette.requests import HTTPConnection

from cloud.kit.addresses import client_address, is_https, network_of

PROXIES = ["10.0.0.0/8", "::1"]


def connection(
    peer: str | None, scheme: str = "http", **headers: str | list[str]
) -> HTTPConnection:
    raw = [
        (name.replace("_", "-").encode(), line.encode())
        for name, lines in headers.items()
        for line in ([lines] if isinstance(lines, str) else lines)
    ]
    client = (peer, 1234) if peer else None
    return HTTPConnection(
        {
            "type": "http",
            "client": client,
            "headers": raw,
            "scheme": scheme,
            "path": "/",
            "server": ("visant.example", 80),
            "query_string": b"",
        }
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nobody", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, <script>", "10.0.0.1"),
        ("10.0.0.1", " , ,2001:db8::7", "2001:db8::7"),
        ("::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (None, "198.51.100.1", "unknown"),
        ("10.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1:5678", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.9.9.9:80", "198.51.100.1"),
        ("10.0.0.1", "[2001:DB8::7]:443", "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "198.51.100.1, 2001:db8::7]:443", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_as_far_as_its_proxies_are_trusted(
    peer: str | None, forwarded: str | list[str], expected: str
) -> None:
    assert client_address(connection(peer, x_forwarded_for=forwarded), PROXIES) == expected


def test_without_trusted_proxies_nothing_forwarded_is_believed() -> None:
    said = connection("127.0.0.1", x_forwarded_for="198.51.100.1", x_forwarded_proto="https")
    assert client_address(said, []) == "127.0.0.1"
    assert not is_https(said, [])


@pytest.mark.parametrize(
    ("peer", "scheme", "forwarded", "expected"),
    [
        ("10.0.0.1", "http", "https", True),
        ("10.0.0.1", "http", "https, http", False),
        ("10.0.0.1", "https", "http", False),
        ("203.0.113.9", "http", "https", False),
        ("203.0.113.9", "https", "http", True),
        ("10.0.0.1", "http", ["https", "http"], False),
        ("10.0.0.1", "http", ["http", "https"], True),
    ],
)
def test_https_counts_as_far_as_its_proxy_is_trusted(
    peer: str, scheme: str, forwarded: str | list[str], *, expected: bool
) -> None:
    assert is_https(connection(peer, scheme, x_forwarded_proto=forwarded), PROXIES) is expected


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_all_that_one_subscriber_is_given_counts_as_one(address: str, counted: str) -> None:
    assert network_of(address) == counted
