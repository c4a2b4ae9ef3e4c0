"""A password that somebody else has seen opens one page: the one where it is changed."""

import pytest
from django.test import Client
from django.urls import reverse

from organization.models import Role, User
from organization.services import create_user
from tests.people import NOON

CHANGE = reverse("admin:password_change")
PASSWORD = "eine lange Nacht am Fluss"


@pytest.fixture
def newcomer(branch) -> tuple[Client, str]:
    _user, password = create_user("newcomer", role=Role.HANDLER, unit=branch, at=NOON)
    client = Client()
    assert client.login(username="newcomer", password=password)
    return client, password


def changed(client: Client, old: str, new: str):
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


@pytest.mark.parametrize("path", ["/admin/", "/desk/queue/", "/api/v1/cases/", "/nowhere/"])
def test_every_address_leads_to_the_change(newcomer, path):
    client, _password = newcomer
    answer = client.get(path)
    assert (answer.status_code, answer.get("Location")) == (302, CHANGE)


def test_the_change_itself_and_the_way_out_are_open(newcomer):
    client, _password = newcomer
    assert client.get(CHANGE).status_code == 200
    assert client.post(reverse("admin:logout")).get("Location") != CHANGE


def test_once_changed_all_is_open_and_stays_so(newcomer):
    client, password = newcomer
    assert changed(client, password, PASSWORD).status_code == 302
    assert not User.objects.get(username="newcomer").must_change_password
    assert client.get("/api/v1/cases/").status_code == 200
    assert not Client().login(username="newcomer", password=password)


@pytest.mark.parametrize(("old", "new"), [("wrong", PASSWORD), (None, "12345678")])
def test_a_change_that_failed_opens_nothing(newcomer, old, new):
    client, password = newcomer
    changed(client, old or password, new)
    assert User.objects.get(username="newcomer").must_change_password


def test_a_redirect_that_changed_nothing_opens_nothing(newcomer):
    """Somebody who may not enter the admin is sent to the login page from there too."""
    client, password = newcomer
    User.objects.update(is_staff=False)
    assert changed(client, password, PASSWORD).status_code == 302
    assert User.objects.get(username="newcomer").must_change_password
