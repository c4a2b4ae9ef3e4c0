"""Who fails to log in waits: a name at one address for an hour, names and addresses ever longer, nobody for ever."""

from datetime import timedelta
from typing import Any

import pytest
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.core import serializers
from django.test import Client, RequestFactory
from django.urls import reverse

from organization.delays import OF_ADDRESS, OF_NAME
from organization.models import Role
from security.models import AuditRow
from sqm_site.proxies import client_address
from tests.organization.test_logins import LOGIN, PASSWORD, enter
from tests.people import person


@pytest.fixture(autouse=True)
def watched(settings):
    settings.AXES_ENABLED = True
    AxesProxyHandler.get_implementation(force=True)


def earlier(**by: Any) -> None:
    """As if everything had failed so much earlier."""
    for row in AccessAttempt.objects.all():
        AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=row.attempt_time - timedelta(**by))


def locked(name: str, address: str = "10.0.0.1") -> Any:
    for _time in range(10):
        answer = enter(name, "wrong", address=address).answer
    return answer


class TestThePair:
    def test_ten_failures_lock_the_name_there_and_nowhere_else(self, handler):
        """S8: ten wrong passwords of a stranger locked a colleague out."""
        AccessLog.objects.create(username="handler", ip_address="10.0.0.2")
        assert locked("handler").status_code == 429
        assert enter("handler").answer.status_code == 429
        assert enter("handler", address="10.0.0.2").answer.status_code == 302

    def test_it_ends_after_an_hour_however_often_somebody_tries(self, handler):
        """S8: every further try began the hour anew."""
        locked("handler")
        earlier(minutes=59)
        assert enter("handler").answer.status_code == 429
        earlier(minutes=2)
        assert enter("handler").answer.status_code == 302

    @pytest.mark.parametrize(("language", "said"), [("zh-hans", "分钟后再试"), ("en", "Try again in 60 minutes")])
    def test_its_page_says_how_long_in_our_look_and_both_languages(self, handler, settings, language, said):
        """S8: a bare English page without a word of how long, or of whose it is."""
        settings.INSTITUTION = "示范银行"
        locked("handler")
        client = Client(REMOTE_ADDR="10.0.0.1", headers={"accept-language": language, "x-request-id": "asked-0001"})
        answer = client.post(LOGIN, {"username": "handler", "password": PASSWORD})
        page = answer.content.decode()
        assert answer.status_code == 429 and 3500 < int(answer.headers["Retry-After"]) <= 3600
        assert said in page and "asked-0001" in page and "public/public.css" in page
        assert "handler" not in page and "示范银行" in page


class TestTheDelays:
    def test_many_names_from_one_address_become_slow(self, institution):
        """S8: spraying from one address was never limited."""
        for number in range(OF_ADDRESS.free + 1):
            answer = enter(f"nobody{number}", "x").answer
        assert answer.status_code == 200
        answer = enter("another", "x").answer
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        assert enter("another", "x", address="10.0.0.2").answer.status_code == 200
        earlier(seconds=3)
        assert enter("another", "x").answer.status_code == 200
        assert int(enter("another", "x").answer.headers["Retry-After"]) in {3, 4}

    def test_one_name_from_many_addresses_becomes_slow_and_not_for_who_is_known_there(self, handler):
        """S8: and a name is never locked."""
        enter("handler", address="10.0.0.9")
        for number in range(OF_NAME.free + 1):
            enter("handler", "wrong", address=f"10.0.1.{number}")
        assert enter("handler", address="10.0.2.1").answer.status_code == 429
        assert enter("handler", address="10.0.0.9").answer.status_code == 302

    def test_they_double_and_have_an_end(self):
        assert [OF_NAME.after(OF_NAME.free + more).total_seconds() for more in range(-1, 4)] == [0, 0, 2, 4, 8]
        assert OF_NAME.after(10_000) == timedelta(minutes=1)
        assert OF_ADDRESS.after(10_000) == timedelta(minutes=15)

    def test_a_try_that_was_not_looked_at_counts_for_nothing(self, handler):
        for number in range(OF_NAME.free + 1):
            enter("handler", "wrong", address=f"10.0.1.{number}")
        before = list(AccessAttempt.objects.order_by("pk").values())
        for _time in range(3):
            enter("handler", "wrong", address="10.0.2.1")
        assert list(AccessAttempt.objects.order_by("pk").values()) == before


class TestUnlocking:
    def test_a_security_administrator_lets_them_in_at_once_and_it_is_on_record(self, handler, institution):
        """S8: nobody could unlock anybody."""
        locked("handler")
        administrator = person("keeper", Role.SECURITY_ADMINISTRATOR, institution)
        client = Client()
        client.force_login(administrator, "organization.backends.RoleBackend")
        page = reverse("admin:organization_user_unlock", args=[handler.pk])
        assert client.get(page).status_code == 200
        assert client.post(page).status_code == 302
        assert enter("handler").answer.status_code == 302
        row = AuditRow.objects.get(verb="unlock")
        assert (row.actor, row.subject) == (administrator, f"user:{handler.pk}")

    def test_nobody_unlocks_themselves(self, institution):
        administrator = person("keeper", Role.SECURITY_ADMINISTRATOR, institution)
        client = Client()
        client.force_login(administrator, "organization.backends.RoleBackend")
        assert client.post(reverse("admin:organization_user_unlock", args=[administrator.pk])).status_code == 403


def test_a_password_typed_as_user_name_lies_nowhere_in_clear(institution, caplog):
    """S13: django-axes wrote it into its tables, and into its lines."""
    typed = "my secret passphrase"
    locked(typed)
    stored = [row for model in apps.get_app_config("axes").get_models() for row in model.objects.all()]
    assert stored and typed not in serializers.serialize("json", [*stored, *AuditRow.objects.all()])
    assert typed not in " ".join(line.getMessage() for line in caplog.records)


class TestBehindProxies:
    @pytest.mark.parametrize(
        ("told", "address"),
        [
            ({}, "10.0.0.1"),
            ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, "203.0.113.9"),
            ({"HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.9"}, "203.0.113.9"),  # the left one a stranger wrote
            ({"HTTP_X_FORWARDED_FOR": "203.0.113.9, 10.0.0.7"}, "203.0.113.9"),
            ({"HTTP_X_FORWARDED_FOR": "203.0.113.9, nonsense"}, "10.0.0.1"),
            ({"HTTP_X_FORWARDED_FOR": "203.0.113.9", "REMOTE_ADDR": "192.0.2.8"}, "192.0.2.8"),  # no proxy of ours
            ({"HTTP_X_FORWARDED_FOR": "::ffff:203.0.113.9"}, "203.0.113.9"),
            ({"HTTP_X_FORWARDED_FOR": "2001:db8::1", "REMOTE_ADDR": ""}, "2001:db8::1"),  # a socket of this host
        ],
    )
    def test_an_address_is_what_our_own_proxy_says(self, settings, told, address):
        """S8: behind a proxy all addresses were one."""
        settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
        assert client_address(RequestFactory().get("/", **{"REMOTE_ADDR": "10.0.0.1", **told})) == address

    def test_without_proxies_nobody_says_who_they_are(self, settings):
        settings.TRUSTED_PROXIES = ["*"]
        asked = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9")
        assert client_address(asked) == "10.0.0.1"
        assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None

    def test_one_colleague_behind_the_proxy_locks_no_other(self, settings, handler, colleague):
        """S8: ten failures behind the proxy were ten of everybody."""
        settings.TRUSTED_PROXIES = ["10.0.0.1"]
        for _time in range(10):
            Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "203.0.113.9"}).post(
                LOGIN, {"username": "handler", "password": "wrong"}
            )
        mine = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "203.0.113.10"})
        assert mine.post(LOGIN, {"username": "handler", "password": PASSWORD}).status_code == 302
