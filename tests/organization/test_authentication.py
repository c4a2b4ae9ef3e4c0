"""Input rows R55: who gets in by a key or a session, and what it costs."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from organization import authentication
from organization.models import ApiClient, User
from organization.rights import rights_of
from organization.services import digest_of, revoke_client
from sqm_site import remembering
from tests.people import NOON


class Who(APIView):
    """Says who asked."""

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.username, "client": getattr(request.auth, "name", None)})

    post = get


def ask(header: str | None = None, *, method: str = "get", address: str = "/", user: User | None = None):
    headers = {} if header is None else {"Authorization": header}
    request = getattr(APIRequestFactory(enforce_csrf_checks=True), method)(address, headers=headers)
    request.user = user or AnonymousUser()
    answer = Who.as_view()(request)
    if isinstance(answer, Response):
        answer.render()
    return answer


@pytest.fixture
def key(client_and_key) -> str:
    return client_and_key[1]


def test_a_key_says_who_asks(key, integration):
    answer = ask(f"Bearer {key}", method="post")
    assert answer.status_code == 200
    assert answer.data == {"user": "client:hotline", "client": "hotline"}


def test_the_scheme_is_written_in_any_case(key):
    assert ask(f"bearer {key}").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer sqm_",
        "Bearer sqm_00000000_unknown",
        "Bearer other",
        "Basic {key}",
        "{key}",
        "Bearer {key}x",
        "Bearer {key}，",
    ],
)
def test_r55_without_a_good_key_it_is_401_and_says_how_to_come_in(header, key):
    answer = ask(header and header.replace("{key}", key))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="sqm"'
    assert answer["Content-Type"] == "application/problem+json"


def test_r55_a_key_in_the_address_is_not_looked_at(key):
    for name in ("key", "token", "access_token", "Authorization"):
        assert ask(address=f"/?{name}={key}").status_code == 401


@pytest.mark.parametrize("change", [{"revoked_at": NOON}, {"expires_at": NOON}], ids=["revoked", "expired"])
def test_r55_a_dead_key_is_401(change, key, integration):
    ApiClient.objects.update(**change)
    assert ask(f"Bearer {key}").status_code == 401


def test_the_key_of_a_disabled_account_is_401(key, integration):
    User.objects.filter(pk=integration.user_id).update(is_active=False)
    assert ask(f"Bearer {key}").status_code == 401


def test_all_refusals_of_a_key_say_the_same(key, integration):
    said = {ask("Bearer sqm_00000000_unknown").content}
    revoke_client(integration, at=NOON)
    said.add(ask(f"Bearer {key}").content)
    assert len(said) == 1


def test_a_client_seen_a_moment_ago_costs_no_query(key, django_assert_num_queries):
    ask(f"Bearer {key}")
    with django_assert_num_queries(0):
        client = authentication.client_of(digest_of(key), timezone.now())
        assert client.unit.legal_entity_id == client.legal_entity_id
        assert rights_of(client.user).has("take_in")


def test_a_revoked_key_works_at_most_thirty_seconds_longer(key, integration, monkeypatch):
    ask(f"Bearer {key}")
    revoke_client(integration, at=timezone.now())
    assert authentication.CACHE_SECONDS <= 30
    past = time.monotonic() + authentication.CACHE_SECONDS
    monkeypatch.setattr(remembering, "time", SimpleNamespace(monotonic=lambda: past))
    assert ask(f"Bearer {key}").status_code == 401


def test_a_key_that_expires_is_dead_the_same_second_though_remembered(key, integration):
    ApiClient.objects.update(expires_at=NOON + timedelta(seconds=1))
    assert authentication.client_of(digest_of(key), NOON) is not None
    assert authentication.client_of(digest_of(key), NOON + timedelta(seconds=1)) is None


def test_last_use_is_written_at_most_once_an_hour(key, integration):
    def used(at):
        authentication.SEEN.forget()
        authentication.client_of(digest_of(key), at)
        return ApiClient.objects.get().last_used_at

    assert used(NOON) == NOON
    assert used(NOON + timedelta(minutes=59)) == NOON
    assert used(NOON + timedelta(minutes=61)) == NOON + timedelta(minutes=61)


def test_only_the_digest_of_a_key_is_stored(key, integration):
    row = ApiClient.objects.values().get()
    assert key not in str(row)
    assert row["key_hash"] == digest_of(key)
    assert row["key_prefix"] == key[:12]


def test_a_person_comes_in_by_session(handler):
    assert ask(user=handler).data == {"user": "handler", "client": None}


def test_a_person_who_posts_needs_the_token_of_the_page(handler):
    assert ask(method="post", user=handler).status_code == 403


def test_a_disabled_person_is_nobody(handler):
    handler.is_active = False
    assert ask(user=handler).status_code == 401
