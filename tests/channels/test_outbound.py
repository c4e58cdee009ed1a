"""Addresses that organizations name: this server never knocks at its own network."""

import socket

import pytest

from cloud.channels.outbound import AddressRefused, Outbound

OPEN = Outbound()
LAN = Outbound.of(["192.168.7.0/24", "fd00:7::/64"])

HOSTILE = [
    "http://example.com/hook",
    "ftp://example.com/hook",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "//127.0.0.1/hook",
    "example.com/hook",
    "",
    "https://",
    "https:///hook",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://10.0.0.1/",
    "https://172.16.3.4/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::80ff:fffe]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[fec0::1]/",
    "https://[::10.0.0.1]/",
    "https://[::ffff:0:10.0.0.1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[5f00::1]/",
    "https://[2001:db8::1]/",
    "https://user:pass@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:5432/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com/\r\nHost: internal",
    "https://exam ple.com/",
    "https://example.com/" + "a" * 2000,
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(AddressRefused):
        OPEN.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/visant?room=7",
        "https://hooks.example.com:8443/",
        "https://93.184.216.34/hook",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/hook",
        "https://[64:ff9b::93.184.216.34]/hook",
        "https://[::ffff:93.184.216.34]/hook",
        "https://bücher.example/hook",
    ],
)
def test_an_address_on_the_internet_may_be_tried(url: str) -> None:
    assert OPEN.check_url(url).scheme == "https"


@pytest.mark.parametrize(
    "target",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.0.1", "64:ff9b::a00:1"],
)
def test_a_name_that_answers_with_an_inner_address_is_refused_at_the_socket(target: str) -> None:
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with pytest.raises(AddressRefused):
        OPEN.open_socket((family, socket.SOCK_STREAM, 6, "", (target, 443)), encrypted=True)


def test_a_public_address_gets_its_socket() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    OPEN.open_socket(info, encrypted=True).close()


def test_the_platforms_own_network_may_be_reached_without_tls_and_on_any_port() -> None:
    assert LAN.check_url("http://192.168.7.20:8123/api/webhook/visant").port == 8123
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.7.20", 8123))
    LAN.open_socket(info, encrypted=False).close()


def test_beside_the_platforms_network_nothing_inner_and_nothing_in_clear_is_open() -> None:
    for target, port, encrypted in [
        ("192.168.8.20", 443, True),
        ("127.0.0.1", 443, True),
        ("93.184.216.34", 80, False),
        ("93.184.216.34", 8123, True),
    ]:
        info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (target, port))
        with pytest.raises(AddressRefused):
            LAN.open_socket(info, encrypted=encrypted)
