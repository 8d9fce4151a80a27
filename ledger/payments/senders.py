"""Who rang: the address behind our proxy, whether it is the provider's, and how often it rings."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

YOOKASSA: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "185.71.76.0/27",
            "185.71.77.0/27",
            "77.75.153.0/25",
            "77.75.156.11/32",
            "77.75.156.35/32",
            "77.75.154.128/25",
            "2a02:5180::/32",
        ),
    )
)
"""As YooKassa's documentation of incoming notifications lists them."""
SENDERS_MAX = 10_000
RINGS_PER_S = 50.0
RINGS_AT_ONCE = 200.0


def sender_of(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """Return the address of whoever rang.

    `forwarded_for` is believed only as far as it was written by proxies of ours: the last address
    in it that is none of theirs.
    """
    sender = _address(peer)
    hops = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    while sender is not None and hops and is_in(sender, proxies):
        sender = _address(hops.pop())
    return str(sender) if sender is not None else "unknown"


def is_in(address: Address | str, networks: Sequence[Network]) -> bool:
    found = _address(address) if isinstance(address, str) else address
    return found is not None and any(
        found.version == network.version and found in network for network in networks
    )


class Patience:
    """How many rings of one address are heard: so many at once, then so many in a second."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}

    def hears(self, sender: str, now_s: float) -> bool:
        left, at_s = self._left.pop(sender, (RINGS_AT_ONCE, now_s))
        left = min(RINGS_AT_ONCE, left + (now_s - at_s) * RINGS_PER_S)
        is_heard = left >= 1.0
        self._left[sender] = (left - 1.0 if is_heard else left), now_s
        if len(self._left) > SENDERS_MAX:
            del self._left[next(iter(self._left))]
        return is_heard


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
