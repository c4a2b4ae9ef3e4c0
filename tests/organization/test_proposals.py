"""B5, D15, S2: rules and the roles that matter are changed by two people, and everything about it stands on record."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from feedback.models import Notice
from organization import services, tasks
from organization.errors import ChangedSince, NoLongerValid, NoLongerYours, NotWaiting, NotYours, TooLong, WhyMissing
from organization.models import Outcome, Proposal, Role, User
from organization.rights import rights_of
from organization.services import proposals
from security.models import AuditRow
from sla.models import Calendar
from tests.organization.conftest import in_threads
from tests.people import NOON, person
from tests.seconding import browser, granted, page

WEEK = {"week-TOTAL_FORMS": 0, "week-INITIAL_FORMS": 0}  # no weekday has hours of its own
HOURS = {"hours_0": "09:00", "hours_1": "17:00"} | WEEK


@pytest.fixture
def calendar(institution) -> Calendar:
    return Calendar.objects.create(
        code="own", name="本行日历", hours=[["09:00", "17:00"]], legal_entity=institution.legal_entity
    )


def asked(user: User, row: Any, **fields: Any) -> Proposal:
    """What a browser sends for a calendar; the proposal that comes of it."""
    sent = {"code": row.code, "name": row.name, "zone": row.zone, **HOURS, **fields}
    answer = browser(user).post(page(row, "change" if row.pk else "add"), sent)
    assert answer.status_code == 302, answer.context["errors"]
    return Proposal.objects.latest("pk")


def decided(user: User, proposal: Proposal, decision: str, reason: str = "") -> str:
    """Press a button of the page; gives what the page then says."""
    sent = {"decision": decision, "reason": reason}
    return browser(user).post(page(proposal), sent, follow=True).content.decode()


# --- the whole way --------------------------------------------------------------------------------------


def test_a_rule_is_changed_by_two_people(asker, other, calendar):
    """D15: what the law asks was changed by one person, at once, without a trace of what it was."""
    proposal = asked(asker, calendar, hours_0="08:30", proposal_reason="冬令时")
    calendar.refresh_from_db()
    assert calendar.hours == [["09:00", "17:00"]]

    listed = browser(other).get(reverse("admin:organization_proposal_changelist")).content.decode()
    assert page(proposal) in listed
    shown = browser(other).get(page(proposal)).content.decode()
    assert "09:00-17:00" in shown and "08:30-17:00" in shown and "冬令时" in shown
    assert "Granted, and saved" in decided(other, proposal, "grant")

    calendar.refresh_from_db()
    assert calendar.hours == [["08:30", "17:00"]]
    record = AuditRow.objects.get(verb="configure")
    assert (record.actor, record.subject, record.reason) == (other, f"calendar:{calendar.pk}", "冬令时")
    people = {"proposal": proposal.pk, "asked_by": asker.pk, "granted_by": other.pk}
    assert record.details == {
        "added": False,
        "was": {"hours": [["09:00", "17:00"]]},
        "now": {"hours": [["08:30", "17:00"]]},
        **people,
    }
    assert AuditRow.objects.get(verb="propose").actor == asker


@pytest.mark.parametrize(("decision", "words"), [("grant", "is granted and"), ("refuse", "is refused")])
def test_who_asked_is_told_what_became_of_it(asker, other, calendar, decision, words):
    """Whoever proposed a change had to look again and again whether somebody had decided it."""
    proposal = asked(asker, calendar, hours_0="08:30", proposal_reason="冬令时")
    told = browser(asker).get(reverse("desk:notices"))
    assert told.status_code == 200 and words not in told.content.decode()
    decided(other, proposal, decision, reason="依据不足")
    shown = browser(asker).get(reverse("desk:notices")).content.decode()
    assert words in shown and page(proposal) in shown
    assert words not in browser(other).get(reverse("desk:notices")).content.decode()
    assert reverse("desk:notices") in browser(asker).get(reverse("admin:index")).content.decode()


def test_what_was_withdrawn_or_not_written_is_told_to_nobody(asker, other, calendar):
    proposal = asked(asker, calendar, hours_0="08:30", proposal_reason="冬令时")
    Calendar.objects.filter(pk=calendar.pk).update(name="别人改过")
    decided(other, proposal, "grant")
    decided(asker, proposal, "withdraw")
    assert not Notice.objects.exists()


def test_a_new_row_is_written_when_it_is_granted(asker, other, institution):
    proposal = asked(asker, Calendar(code="new", name="新日历"))
    assert not Calendar.objects.filter(code="new").exists()
    granted(proposal, other)
    assert Calendar.objects.get(code="new").legal_entity == institution.legal_entity


def test_a_refusal_says_why_and_nothing_is_written(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    assert "Say why" in decided(other, proposal, "refuse")
    assert "Refused" in decided(other, proposal, "refuse", "依据不足")
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.answer, proposal.decided_by) == (Outcome.REFUSED, "依据不足", other)
    calendar.refresh_from_db()
    assert calendar.name == "本行日历"
    assert AuditRow.objects.filter(verb="refuse_proposal", actor=other, reason="依据不足").exists()
    assert "依据不足" in browser(asker).get(page(proposal)).content.decode()


@pytest.mark.parametrize("change", [{"outcome": ""}, {"decided_by": None}, {"details": {}}, {"posted": {}}], ids=str)
def test_what_was_asked_and_decided_stays_so(change, asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    waiting = Proposal.objects.filter(pk=proposal.pk)
    if change.keys() & {"details", "posted"}:
        with pytest.raises(IntegrityError), transaction.atomic():
            waiting.update(**change)
    granted(proposal, other)
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.delete()


def test_who_asked_withdraws_and_nobody_else(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    assert "neither who asked" in decided(other, proposal, "withdraw")
    assert "Withdrawn" in decided(asker, proposal, "withdraw")
    with pytest.raises(NotWaiting):
        granted(proposal, other)


def test_the_same_form_sent_twice_is_one_proposal_and_another_has_to_wait(asker, calendar, institution):
    first = asked(asker, calendar, name="别的")
    assert asked(asker, calendar, name="别的") == first
    colleague = person("colleague-admin", Role.SYSTEM_ADMINISTRATOR, institution)
    sent = {"code": "own", "name": "另一个", "zone": calendar.zone, **HOURS}
    assert "waits already" in browser(colleague).post(page(calendar), sent, follow=True).content.decode()
    assert Proposal.objects.count() == 1


def test_what_was_entered_wrongly_is_refused_before_anybody_is_asked(asker, calendar):
    answer = browser(asker).post(page(calendar), {"code": "own", "name": "", "zone": "Mars", **HOURS})
    assert answer.status_code == 200
    assert {*answer.context["adminform"].form.errors} == {"name", "zone"}
    assert not Proposal.objects.exists()


# --- who decides ----------------------------------------------------------------------------------------


def test_nobody_decides_their_own(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    shown = browser(asker).get(page(proposal)).content.decode()
    assert 'value="grant"' not in shown and "Other" in shown
    for decision in ("grant", "refuse"):
        assert "neither who asked" in decided(asker, proposal, decision, "so")
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(outcome="granted", decided_by=asker, decided_at=NOON)
    proposal.refresh_from_db()
    assert proposal.outcome == Outcome.WAITING


def test_somebody_who_lost_the_right_meanwhile_decides_nothing(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    assert rights_of(other).roles  # read, and remembered by this instance
    other.memberships.update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NotYours):
        granted(proposal, other)
    assert browser(other).post(page(proposal), {"decision": "grant"}).status_code == 403


def test_what_somebody_asked_who_lost_the_right_is_not_written(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    asker.memberships.update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NoLongerYours):
        granted(proposal, other)
    proposal.refresh_from_db()
    assert proposal.outcome == Outcome.WAITING


def test_a_handler_sees_and_decides_nothing(asker, calendar, handler):
    proposal = asked(asker, calendar, name="别的")
    for method in (browser(handler).get, browser(handler).post):
        assert method(page(proposal), {"decision": "grant"}).status_code == 403
    with pytest.raises(NotYours):
        granted(proposal, handler)


def test_no_other_legal_entity_and_no_group_sees_or_decides_it(asker, calendar, foreign_root):
    proposal = asked(asker, calendar, name="别的")
    abroad = person("abroad", Role.SECURITY_ADMINISTRATOR, foreign_root)
    group = person("group", Role.GROUP_ADMINISTRATOR, foreign_root)
    for stranger in (abroad, group):
        assert browser(stranger).get(page(proposal)).status_code == 302  # as for a row that is not there
        assert browser(stranger).post(page(proposal), {"decision": "grant"}).status_code == 302
        with pytest.raises(NotYours):
            granted(proposal, stranger)
    calendar.refresh_from_db()
    assert calendar.name == "本行日历"


def test_what_holds_for_the_group_is_decided_in_the_group(asker, other, institution):
    one, two = (person(name, Role.GROUP_ADMINISTRATOR, institution) for name in ("one", "two"))
    proposal = asked(one, Calendar.objects.get(code="cn-bank"), name="集团日历")
    assert proposal.legal_entity is None
    assert browser(asker).get(page(proposal)).status_code == 302
    with pytest.raises(NotYours):
        granted(proposal, other)
    granted(proposal, two)
    assert Calendar.objects.get(code="cn-bank").name == "集团日历"


# --- what does not hold any more ------------------------------------------------------------------------


def test_it_waits_for_three_working_days_and_no_longer(asker, other, calendar, time_machine):
    time_machine.move_to(datetime.fromisoformat("2026-11-27T10:00+08:00"), tick=False)  # a Friday
    proposal = asked(asker, calendar, name="别的")
    assert timezone.localtime(proposal.expires_at).isoformat()[:16] == "2026-12-02T17:30"
    time_machine.move_to(proposal.expires_at, tick=False)
    with pytest.raises(NotWaiting):
        granted(proposal, other)
    assert "Expired" in browser(other).get(page(proposal)).content.decode()
    assert 'value="grant"' not in browser(other).get(page(proposal)).content.decode()
    tasks.end_stale_proposals()
    proposal.refresh_from_db()
    assert (proposal.outcome, proposal.decided_by) == (Outcome.EXPIRED, None)
    assert asked(asker, calendar, name="别的").outcome == Outcome.WAITING


def test_a_row_that_changed_since_is_not_written_over(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    Calendar.objects.filter(pk=calendar.pk).update(zone="Asia/Urumqi")
    with pytest.raises(ChangedSince):
        granted(proposal, other)
    assert "Somebody changed this" in decided(other, proposal, "grant")
    calendar.refresh_from_db()
    assert (calendar.name, calendar.zone) == ("本行日历", "Asia/Urumqi")


def test_a_code_taken_meanwhile_is_told_in_words(asker, other, institution):
    proposal = asked(asker, Calendar(code="new", name="新日历"))
    Calendar.objects.create(code="new", name="先到", hours=[], legal_entity=institution.legal_entity)
    with pytest.raises(NoLongerValid) as told:
        granted(proposal, other)
    assert "There is a calendar with this code already." in str(told.value)


# --- what is posted -------------------------------------------------------------------------------------


def test_only_what_the_form_reads_is_kept(asker, calendar):
    junk = {"legal_entity": "999", "_save": "1", "x" * 300: "y", "csrfmiddlewaretoken": "z"}
    proposal = asked(asker, calendar, name="别的", proposal_reason="a\nb" + "长" * 600, **junk)
    assert {*proposal.posted} == {"code", "name", "zone", *WEEK, *(f"hours_{number}" for number in range(8))} - {
        f"hours_{number}" for number in range(2, 8)
    }
    assert len(proposal.reason) == proposals.LONGEST


def test_a_form_without_end_is_refused(asker, calendar):
    posted = {"name": ["x" * 1000] * 300}
    change = services.Change("sla.calendar", calendar.pk, "x", None, posted, {}, "")
    with pytest.raises(TooLong):
        services.ask(change, actor=asker, at=NOON)


def test_a_refusal_of_nothing_but_signs_is_no_reason(asker, other, calendar):
    proposal = asked(asker, calendar, name="别的")
    with pytest.raises(WhyMissing):
        services.refuse_proposal(proposal.pk, actor=other, at=timezone.now(), reason=" … ")
    assert "Choose what to do" in decided(other, proposal, "explode")


# --- on the host ----------------------------------------------------------------------------------------


def test_the_host_grants_alone_and_it_is_on_record(asker, calendar, capsys):
    proposal = asked(asker, calendar, name="别的")
    assert f"manage.py grant {proposal.pk}" in browser(asker).get(page(proposal)).content.decode()
    call_command("grant")
    assert f"{proposal.pk}: sla.calendar" in capsys.readouterr().out
    call_command("grant", str(proposal.pk))
    calendar.refresh_from_db()
    assert calendar.name == "别的"
    record = AuditRow.objects.get(verb="configure")
    assert (record.actor, record.details["asked_by"]) == (User.system(), asker.pk)
    with pytest.raises(CommandError, match="decided already"):
        call_command("grant", str(proposal.pk))


# --- at the same moment ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_grant_at_once_one_writes(asker, other, calendar, institution):
    proposal = asked(asker, calendar, name="别的")
    third = person("third", Role.SYSTEM_ADMINISTRATOR, institution)
    outcomes = in_threads(lambda: granted(proposal, other), lambda: granted(proposal, third))
    assert sorted(type(one).__name__ for one in outcomes) == ["NotWaiting", "Proposal"]
    assert AuditRow.objects.filter(verb="configure").count() == 1
    calendar.refresh_from_db()
    assert calendar.name == "别的"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_propose_at_once_one_waits(asker, calendar, institution):
    colleague = person("colleague-admin", Role.SYSTEM_ADMINISTRATOR, institution)
    in_threads(*(lambda who=who: asked(who, calendar, name=who.username) for who in (asker, colleague)))
    assert Proposal.objects.filter(outcome=Outcome.WAITING).count() == 1
