"""Who came in, who knocked, and what an attacker cannot do to the record of it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization import delays, logins
from organization.logins import MOST_FAILURES, UNKNOWN, digest_of_name, record_failure
from organization.models import Role, User
from security.models import AuditRow
from security.services import verify_audit_rows
from tests.organization.conftest import in_threads
from tests.people import person

PASSWORD = "correct horse battery"
LOGIN, LOGOUT, CHANGE = (reverse(f"admin:{name}") for name in ("login", "logout", "password_change"))


@pytest.fixture(autouse=True)
def watched(settings):
    """As in production; most tests count no logins."""
    settings.AXES_ENABLED = True
    AxesProxyHandler.get_implementation(force=True)


def enter(name: str, password: str = PASSWORD, *, address: str = "10.0.0.1", agent: str = "x") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent, "accept-language": "en"})
    client.answer = client.post(LOGIN, {"username": name, "password": password})
    return client


def told(**which: Any) -> list[tuple[str, dict[str, Any]]]:
    verbs = ("login", "logout", "login_failed", "lock_out", "change_password")
    rows = AuditRow.objects.filter(verb__in=verbs, **which).order_by("pk")
    return list(rows.values_list("verb", "details"))


def test_coming_and_going_stands_on_record(handler):
    """S14: no login, logout or failure was in the audit."""
    client = enter("handler")
    assert client.answer.status_code == 302
    client.post(LOGOUT)
    at = {"address": "10.0.0.1"}
    assert told(actor=handler, subject=f"user:{handler.pk}") == [("login", at | {"failed_before": 0}), ("logout", at)]


def test_of_failures_the_first_and_the_lock_out_are_recorded_and_a_login_says_how_many(handler, settings):
    for agent in range(4):  # another browser is no other attacker
        assert enter("handler", "wrong", agent=str(agent)).answer.status_code == 200
    enter("handler")
    for _time in range(10):
        locked = enter("handler", "wrong")
    assert locked.answer.status_code == settings.AXES_HTTP_RESPONSE_CODE
    enter("handler")  # the right password does not help any more
    address = {"address": "10.0.0.1"}
    assert told() == [
        ("login_failed", address | {"failures": 1}),
        ("login", address | {"failed_before": 4}),
        ("lock_out", address | {"failures": settings.AXES_FAILURE_LIMIT}),
    ]
    assert set(AuditRow.objects.filter(verb__in=logins.FAILURES).values_list("actor", flat=True)) == {handler.pk}


def test_a_name_that_nobody_has_is_not_written_down(institution):
    enter("my secret passphrase", "x")
    enter("My Secret Passphrase", "x", address="10.0.0.2")
    (_verb, first), (_verb, second) = told(subject=UNKNOWN, actor=User.system())
    assert first == {"address": "10.0.0.1", "failures": 1, "name": digest_of_name("my secret passphrase")}
    assert second["name"] != first["name"]
    assert "secret" not in str([first, second]).lower()


def test_made_up_names_and_borrowed_addresses_do_not_fill_the_record(institution, handler, monkeypatch):
    """An attacker tries a thousand names from a thousand addresses: the rows stop, what succeeds is written."""
    monkeypatch.setattr(delays, "OF_NAME", delays.Growing(free=1_000, most=timedelta()))  # and has all the time
    for number in range(MOST_FAILURES + 15):
        enter(f"nobody{number}", "x", address=f"10.0.1.{number}")
        enter("handler", "wrong", address=f"10.0.2.{number}")
    for subject in (UNKNOWN, f"user:{handler.pk}"):
        rows = told(subject=subject)
        assert len(rows) == MOST_FAILURES
        marked = [number for number, (_verb, details) in enumerate(rows) if "more_not_recorded_until" in details]
        assert marked == [MOST_FAILURES - 1]
    assert enter("handler", address="10.0.3.1").answer.status_code == 302
    assert told(subject=f"user:{handler.pk}")[-1][0] == "login"


def test_names_of_others_do_not_hide_an_attack_on_one(institution, handler, colleague):
    for number in range(MOST_FAILURES + 1):
        enter("colleague", "wrong", address=f"10.0.2.{number}")
        enter(f"nobody{number}", "x", address=f"10.0.1.{number}")
    enter("handler", "wrong")
    assert len(told(actor=handler)) == 1


def test_an_hour_later_it_is_written_again(handler):
    at = timezone.now()
    for number in range(MOST_FAILURES):
        assert failed("handler", number, at=at) is not None
    assert failed("handler", MOST_FAILURES, at=at + timedelta(minutes=59)) is None
    assert failed("handler", MOST_FAILURES, at=at + timedelta(minutes=61)) is not None


def failed(name: str, number: int, *, at: Any) -> AuditRow | None:
    """A first failure from an address of its own."""
    return record_failure("login_failed", name, {"address": f"10.1.0.{number}", "failures": 1}, at=at)


@pytest.mark.parametrize("name", ["handler", "nobody"])
def test_a_failure_costs_the_same_whether_somebody_has_the_name(name, handler, django_assert_num_queries):
    """Who counts our statements learns no user name."""
    with django_assert_num_queries(9):
        failed(name, 1, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_at_once_there_are_no_more_than_one_after_the_other(institution, handler):
    at = timezone.now()
    for number in range(MOST_FAILURES - 2):
        failed("handler", number, at=at)
    outcomes = in_threads(*[partial(failed, "handler", 100 + number // 2, at=at) for number in range(8)])
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    rows = told(actor=handler)
    assert len(rows) == MOST_FAILURES
    assert "more_not_recorded_until" in rows[-1][1]
    assert verify_audit_rows() == []


def test_a_password_changed_stands_on_record_and_one_that_was_not_does_not(handler):
    """S14: a change of a password left no trace."""
    client = enter("handler")
    new = {"new_password1": "another 51 good one", "new_password2": "another 51 good one"}
    client.post(CHANGE, {"old_password": "wrong", **new})
    assert "change_password" not in [verb for verb, _details in told()]
    assert client.post(CHANGE, {"old_password": PASSWORD, **new}).status_code == 302
    row = AuditRow.objects.get(verb="change_password")
    assert (row.actor, row.subject, row.details) == (handler, f"user:{handler.pk}", {})


def test_the_log_names_nobody_who_was_tried(handler, caplog):
    enter("handler", "wrong")
    enter("my secret passphrase", "x")
    loud = [line.getMessage() for line in caplog.records if not line.name.startswith("axes")]
    assert len([line for line in loud if "login_failed" in line and "10.0.0.1" in line]) == 2
    assert [line for line in loud if "passphrase" in line or "handler" in line] == []


def test_the_auditor_sees_who_knocked_and_nothing_of_another_entity(institution, handler, auditor, foreign_root):
    enter("handler", "wrong")
    enter("nobody", "x")
    person("stranger", Role.HANDLER, foreign_root)
    enter("stranger", "wrong")
    client = Client(headers={"accept-language": "en"})
    client.force_login(auditor, backend="organization.backends.RoleBackend")
    page = client.get(reverse("admin:security_auditrow_changelist"), {"verb": "login_failed"})
    subjects = {row.subject for row in page.context["cl"].result_list}
    assert subjects == {f"user:{handler.pk}", UNKNOWN}
    assert "Failed to log in" in page.content.decode()
    assert AccessAttempt.objects.count() == 3
