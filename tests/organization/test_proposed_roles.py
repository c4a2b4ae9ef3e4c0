"""S2: roles that open cases, and the duties of administrators and auditors, are given by two people."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from organization.errors import ChangedSince, NotYours
from organization.models import Membership, Outcome, Proposal, Role, User
from organization.services import deciders, issue_password
from security.models import AuditRow
from tests.people import NOON, hold, person
from tests.seconding import browser, granted, page


def of_person(user: User, rows: list[Membership], active: bool = True, **changes: Any) -> dict[str, Any]:
    """The page of a person with their roles; changes: of the last row."""
    sent: dict[str, Any] = {"username": user.username, "display_name": user.display_name, "email": user.email}
    sent |= {"memberships-TOTAL_FORMS": len(rows), "memberships-INITIAL_FORMS": sum(bool(row.pk) for row in rows)}
    for number, row in enumerate(rows):
        last = changes if row is rows[-1] else {}
        stored = {name: getattr(row, name) for name in ("role", "unit_id", "team_id", "valid_from", "valid_until")}
        values = {name.removesuffix("_id"): value for name, value in stored.items()} | last
        values |= {"id": row.pk or "", "user": user.pk}
        sent |= {f"memberships-{number}-{name}": "" if value is None else value for name, value in values.items()}
    return sent | ({"is_active": "on"} if active else {})


def waits(keeper: User, user: User, sent: dict[str, Any]) -> bool:
    """Send the page of a person; whether it waits for a second person."""
    answer = browser(keeper).post(page(user), sent)
    assert answer.status_code == 302, answer.context["errors"]
    return Proposal.objects.filter(outcome=Outcome.WAITING).exists()


@pytest.mark.parametrize(("role", "second"), [("handler", True), ("compliance_auditor", True), ("executive", False)])
def test_a_role_that_reads_cases_is_granted_by_two_people(role, second, other, handler, branch):
    """S2: an administrator made anybody a reader of cases, alone."""
    new = Membership(role=role, unit=branch, valid_from=date(2026, 12, 1))
    assert waits(other, handler, of_person(handler, [handler.memberships.get(), new])) is second
    assert handler.memberships.filter(role=role, valid_from="2026-12-01").exists() is not second


@pytest.mark.parametrize(
    ("role", "until", "second"),
    [("handler", "2026-11-20", False), ("handler", "2027-06-01", True), ("compliance_auditor", "2026-11-20", True)],
)
def test_a_role_ends_at_once_unless_it_is_a_duty_and_is_prolonged_by_two(role, until, second, other, branch):
    user = person("somebody", role, branch)
    user.memberships.update(valid_until="2027-01-01")
    assert waits(other, user, of_person(user, [user.memberships.get()], valid_until=until)) is second
    assert (str(user.memberships.get().valid_until) == until) is not second


def test_a_person_is_renamed_by_one(other, handler):
    assert not waits(other, handler, of_person(handler, [handler.memberships.get()]) | {"display_name": "新名"})


def test_an_auditor_is_not_switched_off_by_one_and_a_reader_not_on(other, auditor, handler):
    """S2: an account that sleeps holds no role, so its switch ends and grants them."""
    assert waits(other, auditor, of_person(auditor, [auditor.memberships.get()], active=False))
    Proposal.objects.update(outcome=Outcome.WITHDRAWN, decided_at=NOON)
    assert not waits(other, handler, of_person(handler, [handler.memberships.get()], active=False))
    assert waits(other, handler, of_person(handler, [handler.memberships.get()]))


def test_a_new_person_comes_with_the_role_when_it_is_granted(asker, other, branch):
    new = Membership(role=Role.HANDLER, unit=branch, valid_from=date(2026, 12, 1))
    sent = of_person(User(username="fresh", display_name="新人"), [new]) | {"memberships-0-user": ""}
    assert browser(other).post(reverse("admin:organization_user_add"), sent).status_code == 302
    assert not User.objects.filter(username="fresh").exists()
    granted(Proposal.objects.get(), asker)
    assert User.objects.get(username="fresh").memberships.get().role == Role.HANDLER


def test_rows_of_its_inlines_that_changed_since_are_not_written_over(asker, other, handler, branch):
    row = handler.memberships.get()
    sent = of_person(handler, [row], role=Role.SUPERVISOR)
    browser(other).post(page(handler), sent)
    hold(handler, Role.DISPATCHER, branch)
    with pytest.raises(ChangedSince):
        granted(Proposal.objects.get(), asker)


def test_a_login_meanwhile_makes_no_proposal_stale(asker, other, handler):
    browser(other).post(page(handler), of_person(handler, [handler.memberships.get()], role=Role.SUPERVISOR))
    User.objects.filter(pk=handler.pk).update(last_login=timezone.now())
    granted(Proposal.objects.get(), asker)
    assert handler.memberships.get().role == Role.SUPERVISOR


def test_nobody_decides_about_their_own_rights(asker, other, handler, branch):
    sent = {"user": asker.pk, "role": Role.HANDLER, "unit": branch.pk, "valid_from": "2026-12-01"}
    assert browser(other).post(reverse("admin:organization_membership_add"), sent).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.concerns == asker
    with pytest.raises(NotYours):
        granted(proposal, asker)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(outcome="granted", decided_by=asker, decided_at=NOON)
    assert "manage.py grant" in browser(other).get(page(proposal)).content.decode()


def test_the_first_administrator_comes_from_the_host_and_is_on_record(institution, capsys):
    call_command("create_user", "first", "--role", "security_administrator")
    (role,) = User.objects.get(username="first").memberships.all()
    record = AuditRow.objects.get(verb="configure", subject=f"membership:{role.pk}")
    assert (record.actor, record.details["now"]["role"]) == (User.system(), "security_administrator")
    assert capsys.readouterr().out.splitlines()[-1] not in str(record.details)


def test_whoever_was_handed_a_password_by_who_asked_does_not_decide(institution, asker, other, handler):
    """S2: who gives the other administrator a password could sign in under that name and decide alone."""
    third = person("third", Role.SECURITY_ADMINISTRATOR, institution)
    issue_password(asker, actor=third, at=timezone.now())  # not by who asks
    issue_password(third, actor=other, at=timezone.now() - timedelta(days=6))
    new = Membership(role=Role.SUPERVISOR, unit=institution, valid_from=date(2026, 12, 1))
    assert waits(other, handler, of_person(handler, [handler.memberships.get(), new]))
    proposal = Proposal.objects.get()
    assert deciders(proposal) == [asker]
    with pytest.raises(NotYours):
        granted(proposal, third)
    proposal.asked_at += timedelta(days=2)
    assert set(deciders(proposal)) == {asker, third}
