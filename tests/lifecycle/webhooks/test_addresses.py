"""Which addresses are ever sent to: public ones, and the networks that a setting names."""

import socket
from dataclasses import replace

import pytest

from app.config import WebhookSettings
from app.errors import InvalidParameterError
from app.lifecycle.webhooks.addresses import (
    Destination,
    RefusedAddressError,
    is_allowed,
    parse_networks,
    parse_url,
    resolve,
)

SETTINGS = WebhookSettings(schemes=("https",), networks=(), timeout=1, attempts=1, kept=1)
WITHIN = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.31.0.1", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.251", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
    *("ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1"),
    *("2002:a00:1::", "2001:0:a00:1:0:0:80ff:fffe", "no address"),
    *("::a00:1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "3fff::1"),
    *("5f00::1", "4000::1", "8000::1", "192.88.99.1"),
]


@pytest.mark.parametrize("address", WITHIN)
def test_nothing_is_sent_within(address: str) -> None:
    assert not is_allowed(address, ())


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_sent_to(address: str) -> None:
    assert is_allowed(address, ())


def test_a_network_that_a_setting_names_is_sent_to_and_no_other() -> None:
    networks = ("10.1.0.0/16", "::1/128")
    assert is_allowed("10.1.2.3", networks)
    assert is_allowed("::1", networks)
    assert not is_allowed("10.2.0.1", networks)
    assert not is_allowed("127.0.0.1", networks)


def test_a_setting_that_is_no_network_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"webhooks\.networks"):
        parse_networks(["10.1.0.1/16"])


def test_a_url_is_taken_apart() -> None:
    found = parse_url("https://receiver.example:8443/hook?a=b&c", SETTINGS)
    assert found == Destination(True, "receiver.example", 8443, "/hook?a=b&c")
    assert parse_url("https://receiver.example", SETTINGS).target == "/"


def test_a_name_that_leads_within_is_refused_when_it_is_connected_to() -> None:
    destination = parse_url("https://localhost/", SETTINGS)
    with pytest.raises(RefusedAddressError) as caught:
        resolve(destination, SETTINGS)
    assert "127" not in str(caught.value)


def test_a_name_resolves_to_addresses_and_to_no_names() -> None:
    loopback = replace(SETTINGS, networks=("127.0.0.0/8", "::1/128"))
    found = resolve(Destination(True, "localhost", 443, "/"), loopback)
    assert found
    for address in found:
        socket.getaddrinfo(address, 443, flags=socket.AI_NUMERICHOST)
