"""Who asks: behind a proxy every request comes from the proxy, which says from whom it has it.

Only what a proxy of ours wrote is believed: the rightmost address of X-Forwarded-For that is no proxy of ours.
"""

from contextlib import suppress
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
MOST_HOPS = 20  # a stranger writes the left ones


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever asks, as the proxies of settings.TRUSTED_PROXIES tell it; None where nothing tells it."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    proxies = networks(tuple(map(str, settings.TRUSTED_PROXIES)))
    hops = str(request.META.get(FORWARDED_FOR, "")).split(",")[-MOST_HOPS:]
    while hops and is_ours(address, proxies):
        told = plain(hops.pop())
        if not told:
            break
        address = told
    return plain(address) or None


@cache
def networks(entries: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks such as 10.0.0.0/8; what is neither names no proxy (`checks.check_proxies` says it)."""
    found = []
    for entry in entries:
        with suppress(ValueError):
            found.append(ip_network(entry.strip(), strict=False))
    return tuple(found)


def is_ours(address: str, proxies: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """A socket of the host has no address: who may connect to it is a proxy, where there is one."""
    if not address:
        return bool(proxies)
    known = plain(address)
    return bool(known) and any(ip_address(known) in network for network in proxies)


def plain(told: str) -> str:
    """One written form; empty for what is no address. An IPv4 address may come as one of IPv6."""
    try:
        found = ip_address(told.strip())
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
