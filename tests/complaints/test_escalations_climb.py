"""上报 by a person is answered with a plan, or it climbs, as what a rung escalates does.

Escalated on Monday 2026-11-23 at 12:00, as the break begins: four working hours later it is 17:00, and four more lead
to Tuesday 13:30.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from complaints.models import Case, Escalation, Nature
from complaints.services.climbing import climb_due
from complaints.services.replaying import differences
from complaints.verbs import ending, escalation
from feedback.models import Notice
from organization.models import Role, Unit, User
from sla.services import next_opening
from tests.cases import grant
from tests.people import NOON, person

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def local(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-{written}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


CLIMBS, AGAIN = local("11-23 17:00"), local("11-24 13:30")


@pytest.fixture
def said(owned, handler, lead, supervisor) -> Case:
    return escalation.escalate(owned.reference, actor=handler, at=NOON, reason="客户情绪激动，威胁向媒体反映")


def asked(case: Case) -> list[tuple[str, str, int]]:
    """Who is asked for a plan at present, by which place, and how often it has climbed."""
    rows = case.escalations.filter(answer_by__isnull=False).order_by("pk")
    return list(rows.values_list("to__username", "level", "climb"))


def answer(case: Case, actor: User, at: datetime, until: date) -> None:
    escalation.acknowledge_escalation(case.reference, actor=actor, at=at, plan="今日会商。", until=until)


def test_it_waits_four_working_hours_and_climbs_level_by_level(said, branch, institution):
    """Unanswered, what a person escalated lay with the first who was told, for ever."""
    head = person("head", Role.UNIT_HEAD, branch)
    Unit.objects.filter(pk=branch.pk).update(head=head)
    assert NOON < CLIMBS < NOON + DAY
    assert asked(said) == [("lead", "team_lead", 0)]
    assert climb_due(at=CLIMBS - SECOND) == 0
    assert climb_due(at=CLIMBS) == 1
    assert asked(said) == [("supervisor", "supervisor", 1)]
    assert climb_due(at=CLIMBS) == 0
    assert climb_due(at=AGAIN) == 1
    assert asked(said) == [("head", "unit_head", 2)]
    assert {row.by.username for row in said.escalations.all()} == {"handler"}
    assert Notice.objects.filter(kind="escalation", to_user=head, about=said.reference).exists()
    assert [*differences(Case.objects.get(pk=said.pk))] == []


def test_whoever_it_climbed_to_answers_it_and_reads_why(said, supervisor, client):
    climb_due(at=CLIMBS)
    client.force_login(supervisor)
    page = client.get("/desk/", {"tab": "escalated"}).content.decode()
    assert "威胁向媒体反映" in page
    answer(said, supervisor, CLIMBS, date(2026, 11, 27))
    row = said.escalations.get(to=supervisor)
    assert (row.acknowledged_at, row.planned_until) == (CLIMBS, date(2026, 11, 27))
    assert row.answer_by == local("11-30 09:00"), "it rests until the first opening after the day of the plan"


def test_answered_it_rests_until_the_day_of_its_plan_and_speaks_again(said, lead):
    answer(said, lead, NOON, date(2026, 11, 27))
    assert climb_due(at=local("11-30 08:59:59")) == 0
    assert climb_due(at=local("11-30 09:00")) == 1
    assert asked(said) == [("lead", "team_lead", 1)]
    assert climb_due(at=local("11-30 14:00")) == 1
    assert asked(said) == [("supervisor", "supervisor", 2)]
    assert [*differences(Case.objects.get(pk=said.pk))] == []


def test_it_never_comes_back_to_who_said_it_nor_to_the_owner(owned, lead, supervisor, colleague, institution):
    """The lead escalates; the supervisor has taken the case over meanwhile: it goes past both."""
    protection = person("protection", Role.CONSUMER_PROTECTION, institution)
    escalation.escalate(owned.reference, actor=lead, at=NOON, reason="超出权限")
    assert asked(owned) == [("supervisor", "supervisor", 0)]
    Case.objects.filter(pk=owned.pk).update(owner=supervisor)
    assert climb_due(at=CLIMBS) == 1
    assert asked(owned) == [(protection.username, "consumer_protection", 1)]


def test_two_persons_escalate_and_one_is_asked_at_a_time(said, lead, supervisor):
    """Whoever has a question on the case is not asked a second one by a climb."""
    escalation.escalate(said.reference, actor=lead, at=NOON, reason="超出权限")
    assert asked(said) == [("lead", "team_lead", 0), ("supervisor", "supervisor", 0)]
    Escalation.objects.filter(to=supervisor).update(answer_by=AGAIN)
    assert climb_due(at=CLIMBS) == 0
    assert said.escalations.get(to=lead).answer_by == AGAIN


def test_at_the_top_it_ends(said):
    for day in range(1, 9):
        climb_due(at=CLIMBS + day * DAY)
    assert asked(said) == []
    assert said.escalations.count() == 2


def test_of_a_case_that_is_over_nothing_climbs(said, handler, lead):
    ending.decline(said.reference, actor=handler, at=NOON, decline_reason="NOT_COMPLAINANT", reason="非本人")
    grant(said, by=lead)
    ending.decline(said.reference, actor=handler, at=NOON, method="PHONE", evidence="REC-1", text="已告知")
    assert climb_due(at=CLIMBS) == 0
    assert asked(said) == []


def test_nobody_above_hears_of_a_tip_off(said):
    case = Case.objects.get(pk=said.pk)
    case.nature = Nature.TIP_OFF
    case.save()
    assert escalation.climbs_at(case, NOON) is None


def test_an_opening_after_a_day_of_the_calendar_of_the_group(owned):
    assert next_opening(date(2026, 11, 27)) == local("11-30 09:00")
    assert next_opening(date(2026, 9, 30)) == local("10-08 09:00"), "after the holiday"
