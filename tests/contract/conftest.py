"""The five who call the API: nobody, a program, and three people."""

import pytest
from django.conf import settings
from django.test import Client

from organization.models import Role, User
from tests.contract.fuzzing import Identity
from tests.people import person


def pytest_collection_modifyitems(config, items) -> None:
    """The long runs are asked for by name: `make fuzz`."""
    if "fuzz" not in config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("fuzz") is None]


BACKEND = "organization.backends.RoleBackend"


def signed_in(user: User) -> Identity:
    """A person's browser."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    token, name = "x" * 32, settings.SESSION_COOKIE_NAME
    beside = {"headers": {"X-CSRFToken": token}, "cookies": {settings.CSRF_COOKIE_NAME: token}}
    return Identity("session", cookies={name: client.cookies[name].value}, beside=beside)


@pytest.fixture
def administrator(institution) -> User:
    return person("keeper", Role.SYSTEM_ADMINISTRATOR, institution)


@pytest.fixture
def identities(client_and_key, handler, supervisor, administrator) -> dict[str, Identity]:
    return {
        "anonymous": Identity(),
        "client": Identity("apiKey", {"Authorization": f"Bearer {client_and_key[1]}"}),
        "handler": signed_in(handler),
        "supervisor": signed_in(supervisor),
        "administrator": signed_in(administrator),
    }
