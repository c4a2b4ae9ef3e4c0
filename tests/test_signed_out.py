"""Every address of the service, asked by somebody who is not signed in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# What stands for the parts of an address: nothing of that name exists.
PART = {"int": 1, "str": "C261123-0000000-8", "slug": "nothing", "path": "1/nothing", "uuid": "0" * 32}
OPEN = {"", "favicon.ico", "healthz", "readyz", "admin/login/", "admin/jsi18n/", "api/schema/", "api/docs/"}
METHODS = ("get", "post")


def addresses(resolver: Any, prefix: str = "") -> Iterator[str]:
    """One address for each pattern below the resolver."""
    for pattern in resolver.url_patterns:
        written = prefix + filled(pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, written)
        elif isinstance(pattern, URLPattern):
            yield written


def filled(pattern: Any) -> str:
    route = str(pattern.pattern)
    if not hasattr(pattern.pattern, "converters") or route.startswith("^") or "(?P" in route:
        return "nothing" if route else ""  # the last pattern of the admin: whatever fits no other
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        route = route.replace(f"<{kind}:{name}>", str(PART[kind])).replace(f"<{name}>", str(PART["str"]))
    return route


ADDRESSES = sorted({one for one in addresses(get_resolver()) if one != "readyz"})


def test_the_walk_finds_the_addresses_of_every_room():
    assert len(ADDRESSES) > 100
    for address in ("admin/", "desk/", "quality/dashboard/", "api/v1/feedback/", "admin/organization/user/add/"):
        assert address in ADDRESSES


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_who_is_signed_out_meets_an_error_of_ours(address):
    """D1: the front page of the admin answered 500 to everybody who was not signed in."""
    for method in METHODS:
        answer = getattr(Client(raise_request_exception=False), method)(f"/{address}")
        assert answer.status_code < 500, f"{method} /{address}"
        if address.startswith("api/v1/"):
            assert answer.status_code in {401, 404, 405}, f"{method} /{address}"
        elif address.startswith(("desk/", "quality/", "admin/")) and address not in OPEN:
            inside = answer.status_code == 302 and answer.url.startswith("/admin/login/")
            assert inside or answer.status_code in {403, 404, 405} or address == "admin/logout/", f"{method} /{address}"


@pytest.mark.django_db
def test_the_front_door_leads_to_the_login(client):
    for address in ("/", "/admin/", "/desk/"):
        answer = client.get(address, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/admin/login/?next=/"), address
        assert answer.status_code == 200


@pytest.mark.django_db
def test_the_icon_is_found(client):
    assert client.get("/favicon.ico").url.endswith("icon.svg")
