"""S18: what a site in production closes by itself, and what a password must not be."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from security.models import AuditRow
from tests.cases import taken
from tests.organization.test_logins import CHANGE, LOGIN, PASSWORD, enter
from tests.security.conftest import key

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_AGE", "OPEN_SCHEMA")
ASK = f"import json; from sqm_site import settings; print(json.dumps([getattr(settings, one) for one in {NAMES!r}]))"


def settings_with(**environment: str) -> dict[str, object]:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    done = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return dict(zip(NAMES, json.loads(done.stdout), strict=True))


def test_a_site_in_production_is_closed_by_itself(tmp_path):
    """S18: HTTPS for good, cookies no neighbour can plant, half an hour, no map of the API."""
    keys = {"SECRET_KEY": "s" * 50, "SEAL_KEYS": f"k1:{key('a')}", "INDEX_KEY": key("b")}
    elsewhere = {"DATABASE_URL": "postgres://x@db/x", "REDIS_URL": "redis://redis", "SQM_HOME": str(tmp_path)}
    assert settings_with(SQM_PRODUCTION="true", **keys, **elsewhere) == {
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "SECURE_HSTS_SECONDS": 365 * 86400,
        "SESSION_COOKIE_AGE": 30 * 60,
        "OPEN_SCHEMA": False,
    }


def test_every_answer_says_what_a_page_never_needs(client, db, settings):
    """S18: no Permissions-Policy, no Strict-Transport-Security."""
    settings.SECURE_HSTS_SECONDS = 365 * 86400
    answer = Client().get(LOGIN, secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert {"microphone=()", "camera=()"} <= set(answer.headers["Permissions-Policy"].split(", "))


def test_the_pages_of_customers_evaluate_nothing(client, db):
    """S18: only the shell of the admin theme needs unsafe-eval."""
    for path in ("/survey/nothing/", "/api/docs/"):
        assert "unsafe-eval" not in client.get(path).headers["Content-Security-Policy"]


def signed_in(user, moment, time_machine) -> Client:
    time_machine.move_to(moment, tick=False)
    client = Client()
    client.force_login(user, "organization.backends.RoleBackend")
    return client


HOME = reverse("admin:password_change")


class TestSessions:
    def test_a_desk_that_was_left_is_closed_after_half_an_hour(self, handler, time_machine):
        """S18: for twelve hours whoever sat down next was the colleague."""
        began = timezone.now()
        client = signed_in(handler, began, time_machine)
        for minutes in (29, 58, 87):  # with a request meanwhile it stays
            time_machine.move_to(began + timedelta(minutes=minutes), tick=False)
            assert client.get(HOME).status_code == 200
        time_machine.move_to(began + timedelta(minutes=87 + 31), tick=False)
        assert client.get(HOME).status_code == 302

    def test_a_page_that_was_left_open_keeps_nobody_signed_in(self, handler, integration, time_machine):
        """S18: the case page asks for news each half minute, and would have kept its desk open all night."""
        began = timezone.now()
        client = signed_in(handler, began, time_machine)
        news = reverse("desk:news", args=[taken(integration, at=began).reference])
        for minutes in (10, 20, 29):
            time_machine.move_to(began + timedelta(minutes=minutes), tick=False)
            assert client.get(news, {"sequence": "1"}).status_code == 204
        time_machine.move_to(began + timedelta(minutes=31), tick=False)
        assert client.get(HOME).status_code == 302

    def test_it_ends_after_twelve_hours_whatever_happens(self, handler, time_machine):
        began = timezone.now()
        client = signed_in(handler, began, time_machine)
        for minutes in range(20, 12 * 60, 20):
            time_machine.move_to(began + timedelta(minutes=minutes), tick=False)
            assert client.get(HOME).status_code == 200
        time_machine.move_to(began + timedelta(hours=12), tick=False)
        assert client.get(HOME).status_code == 302

    def test_it_is_written_anew_once_a_minute_and_not_at_every_request(self, handler, time_machine):
        began = timezone.now()
        client = signed_in(handler, began, time_machine)
        written = []
        for seconds in (59, 60, 119, 120):
            time_machine.move_to(began + timedelta(seconds=seconds), tick=False)
            with CaptureQueriesContext(connection) as queries:
                client.get(HOME)
            written.append(any(query["sql"].startswith("UPDATE") for query in queries))
        assert written == [False, True, False, True]


REFUSED = [
    "BankBank2026",
    "Welcome2026!!",
    "P@ssw0rd123456",
    "Yinhang888888",
    "银行密码2026银行",
    "Tousu12345678",
    "aB3$",
]
TAKEN = [
    PASSWORD,
    "another 51 good one",
    "abcde-fghjk-mnpqr",
    "lantern Riverbed 88 oat",
    "青松 雨伞 七号 站台 风筝 黄昏",
]


@pytest.mark.parametrize("password", REFUSED)
def test_what_is_guessed_first_is_refused(password):
    """S18: BankBank2026 was a good password."""
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", TAKEN)
def test_what_nobody_guesses_is_taken(password):
    validate_password(password)


def test_the_form_for_a_new_password_takes_ten_old_ones(handler, settings):
    """S18: at a desk that was left anybody could guess the password without end."""
    settings.AXES_ENABLED = True
    AxesProxyHandler.get_implementation(force=True)
    client = enter("handler")
    new = {"new_password1": "another 51 good one", "new_password2": "another 51 good one"}
    for _time in range(10):
        assert client.post(CHANGE, {"old_password": "wrong", **new}).status_code == 200
    answer = client.post(CHANGE, {"old_password": PASSWORD, **new})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 3000
    assert AuditRow.objects.filter(verb="lock_out", subject=f"user:{handler.pk}").count() == 1
    handler.refresh_from_db()
    assert handler.check_password(PASSWORD)


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_what_the_api_is_is_read_by_who_is_known(path, settings, handler, client, client_and_key):
    """S18: a map of the whole API for everybody."""
    settings.OPEN_SCHEMA = False
    assert client.get(path).status_code in {401, 403}
    by_key = {"headers": {"Authorization": f"Bearer {client_and_key[1]}"}}
    assert Client().get(path, **by_key).status_code == 200
    client.force_login(handler, "organization.backends.RoleBackend")
    assert client.get(path).status_code == 200
    settings.OPEN_SCHEMA = True
    assert Client().get(path).status_code == 200
