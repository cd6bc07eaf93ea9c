"""Where a webhook may point, and which addresses are ever connected to.

The URL is checked when it is given; the address behind its name, each time that it is connected to
and never before, since a name may lead elsewhere a moment later.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from app.config import WebhookSettings
from app.errors import InvalidParameterError

MAX_URL = 2_000
_PORTS = {"http": 80, "https": 443}
_FIRST_UNPRIVILEGED_PORT = 1024
_LAST_PORT = 65_535
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFF_FFFF
# IANA's registries: of IPv6 nothing else is given out, whatever else Python takes for global.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_OF_NOBODY = (ip_network("3fff::/20"), ip_network("192.88.99.0/24"))

IpAddress = IPv4Address | IPv6Address


class RefusedAddressError(Exception):
    """A name leads to an address that nothing is sent to; the message does not tell which."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL taken apart; ``target`` is its path with the query."""

    is_secure: bool
    host: str
    port: int
    target: str


def parse_url(url: str, settings: WebhookSettings) -> Destination:
    """Take a webhook's URL apart.

    Raises InvalidParameterError for one that nothing could be sent to: another scheme or port than
    is allowed, a user or password, no host, or an address, in whatever notation, that is refused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _bad_url("it is no URL") from None
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _bad_url(f"it is up to {MAX_URL} printable ASCII characters")
    if parts.scheme not in settings.schemes or parts.scheme not in _PORTS:
        raise _bad_url(f"its scheme has to be one of {', '.join(settings.schemes)}")
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise _bad_url("it names a host, and neither a user nor a fragment")
    if port not in _PORTS.values() and not _FIRST_UNPRIVILEGED_PORT <= port <= _LAST_PORT:
        raise _bad_url(f"nothing is sent to port {port}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme == "https", parts.hostname, port, target)
    _check_literal(found, settings)
    return found


def resolve(destination: Destination, settings: WebhookSettings) -> list[str]:
    """Return the addresses behind a destination, in the order to try them.

    Raises RefusedAddressError if one of them is refused: a name that leads within and without is
    not to be trusted with either. Raises OSError if the name does not resolve.
    """
    found = socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(is_allowed(address, settings.networks) for address in addresses):
        raise RefusedAddressError("The URL leads to an address that webhooks are not sent to")
    return addresses


def is_allowed(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address is public, or within one of the networks that a setting allows."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _is_public(found) or any(found in network for network in parse_networks(networks))


def parse_networks(networks: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    """Read the setting ``webhooks.networks``; raises InvalidParameterError for what is none."""
    try:
        return [ip_network(network) for network in networks]
    except ValueError as error:
        msg = f"Setting webhooks.networks holds what is no network: {error}"
        raise InvalidParameterError(msg, field="webhooks.networks") from None


def _is_public(address: IpAddress) -> bool:
    inner = _embedded(address)
    if inner is None and isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return all(
        one.is_global and not one.is_multicast and not any(one in net for net in _OF_NOBODY)
        for one in (address, inner)
        if one
    )


def _embedded(address: IpAddress) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for and would be routed to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW_32_BITS)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _check_literal(destination: Destination, settings: WebhookSettings) -> None:
    """Refuse a host that is itself an address, in any notation that a resolver reads as one."""
    try:
        found = socket.getaddrinfo(
            destination.host, destination.port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        return
    if not all(is_allowed(str(entry[4][0]), settings.networks) for entry in found):
        raise _bad_url("it leads to an address that webhooks are not sent to")


def _bad_url(reason: str) -> InvalidParameterError:
    return InvalidParameterError(f"Invalid value for url: {reason}", field="url")
