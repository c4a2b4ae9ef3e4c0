"""Unsafe settings are named before the service runs."""

import pytest
import redis
from django.core.checks import Error
from django.db import connection

from sqm_site import checks


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True
    settings.DEBUG = False
    settings.SECRET_KEY = "s" * 50
    settings.ALLOWED_HOSTS = ["complaints.example"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.SECURE_HSTS_SECONDS, settings.OPEN_SCHEMA = 365 * 86400, False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    return settings


def found(*results):
    return [message.id for result in results for message in result]


def test_a_sound_production_site_passes(production):
    assert found(checks.check_secret_key(None), checks.check_exposure(None), checks.check_doors(None)) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SECURE_HSTS_SECONDS", 0, "sqm.E009"),
        ("EMAIL_BACKEND", "feedback.printing.PrintedMail", "sqm.E010"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "sqm.E010"),
        ("SESSION_COOKIE_AGE", 31 * 60, "sqm.E011"),
        ("OPEN_SCHEMA", True, "sqm.E012"),
        ("SESSION_COOKIE_NAME", "sessionid", "sqm.E013"),
        ("CSRF_COOKIE_NAME", "csrftoken", "sqm.E013"),
        ("TRUSTED_PROXIES", ["*"], "sqm.E014"),
        ("TRUSTED_PROXIES", [], "sqm.W015"),
    ],
)
def test_each_open_door_is_named_in_production(production, name, value, code):
    """S18: none of these was asked for."""
    setattr(production, name, value)
    assert found(checks.check_doors(None)) == [code]


def test_a_demonstration_may_leave_them_open(production):
    production.PRODUCTION, production.SECURE_HSTS_SECONDS, production.OPEN_SCHEMA = False, 0, True
    assert found(checks.check_doors(None)) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SECRET_KEY", "short", "sqm.E001"),
        ("SECRET_KEY", "django-insecure-" + "x" * 50, "sqm.E001"),
        ("DEBUG", True, "sqm.E002"),
        ("ALLOWED_HOSTS", ["*"], "sqm.E003"),
        ("ALLOWED_HOSTS", ["localhost"], "sqm.E003"),
        ("ALLOWED_HOSTS", [], "sqm.E003"),
        ("CSRF_COOKIE_SECURE", False, "sqm.E004"),
    ],
)
def test_each_unsafe_setting_is_an_error_in_production(production, name, value, code):
    setattr(production, name, value)
    assert found(checks.check_secret_key(None), checks.check_exposure(None)) == [code]


def test_every_finding_says_what_to_set(production):
    production.SECRET_KEY = "short"
    message = next(iter(checks.check_secret_key(None)))
    assert isinstance(message, Error)
    assert "SECRET_KEY" in message.hint


def test_elsewhere_it_is_a_warning(production):
    production.PRODUCTION = False
    production.SECRET_KEY = "short"
    production.DEBUG = True
    assert found(checks.check_secret_key(None), checks.check_exposure(None)) == ["sqm.W001"]


@pytest.mark.django_db
def test_a_database_that_may_lose_what_it_stored_is_named(production):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    messages = list(checks.check_database(None, databases=["default"]))
    said = [message.msg for message in messages if message.id == "sqm.E005"]
    assert [message for message in said if "synchronous_commit=off" in message]


def test_without_a_database_nothing_is_asked():
    assert found(checks.check_database(None), checks.check_redis(None)) == []


def test_a_redis_that_is_away_is_a_warning(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert found(checks.check_redis(None, databases=["default"])) == ["sqm.W007"]


@pytest.mark.parametrize(("policy", "ids"), [("noeviction", []), ("allkeys-lru", ["sqm.E008"])])
def test_a_redis_that_evicts_is_named(production, monkeypatch, policy, ids):
    monkeypatch.setattr(redis.Redis, "config_get", lambda client, name: {name: policy})
    assert found(checks.check_redis(None, databases=["default"])) == ids
