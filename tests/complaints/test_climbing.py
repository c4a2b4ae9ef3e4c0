"""What was escalated is answered with a plan, or it climbs. Taken on Monday 2026-11-23 at 12:00.

First contact is due on Tuesday at 17:30. The team lead is told two working hours after Wednesday's opening, at 11:00,
the supervisor on Thursday at 9:00. Four working hours after 11:00 it is 16:00, and after 16:00 Thursday 11:30.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from complaints.errors import GateNotMet
from complaints.models import Case, Firing, Nature
from complaints.services.climbing import climb_due
from complaints.services.escalating import fire_due
from complaints.services.replaying import differences
from complaints.services.telling import Recipients
from complaints.verbs import allowed_verbs, contacting, escalation
from feedback.models import Notice
from organization.models import Role, Unit, User
from organization.services import posts
from tests.cases import CALLED, taken
from tests.people import NOON, absent, person


def local(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-{written}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


TOLD, CLIMBS, CLIMBS_AGAIN = local("11-25 11:00"), local("11-25 16:00"), local("11-26 11:30")
SECOND = timedelta(seconds=1)


@pytest.fixture
def late(owned, lead, supervisor) -> Case:
    """Only first contact is late, and the lead was told."""
    owned.clocks.exclude(kind="first_contact").update(next_fire_at=None, next_rung=None)
    fire_due(at=TOLD)
    return owned


def asked(case: Case) -> list[tuple[str, int]]:
    """Who is asked for an answer at present, and how often it has climbed."""
    rows = case.firings.filter(answer_by__isnull=False).order_by("pk")
    return list(rows.values_list("recipient__username", "climb"))


def answer(case: Case, actor: User, at: datetime, until: date) -> None:
    escalation.acknowledge_escalation(case.reference, actor=actor, at=at, plan="今日联系客户。", until=until)


def test_an_escalation_asks_the_person_above_for_four_working_hours(late):
    assert asked(late) == [("lead", 0)]
    assert late.firings.get(recipient__username="lead").answer_by == CLIMBS
    assert climb_due(at=CLIMBS - SECOND) == 0


def test_unanswered_it_climbs_level_by_level(late, branch):
    late_head = person("head", Role.UNIT_HEAD, branch)
    Unit.objects.filter(pk=branch.pk).update(head=late_head)

    assert climb_due(at=CLIMBS) == 1
    assert asked(late) == [("supervisor", 1)]
    assert climb_due(at=CLIMBS_AGAIN) == 1
    assert asked(late) == [("head", 2)]
    assert climb_due(at=CLIMBS_AGAIN) == 0
    assert Notice.objects.filter(kind="escalation", to_user=late_head, about=late.reference).exists()


def test_at_the_top_it_ends(late, institution):
    person("protection", Role.CONSUMER_PROTECTION, institution)
    told = []
    for day in range(1, 9):
        climb_due(at=CLIMBS + timedelta(days=day))
        told += asked(late)

    assert told[0] == ("supervisor", 1) and told[1] == ("protection", 2)
    assert asked(late) == []


def test_answered_it_rests_until_the_day_of_the_plan_and_speaks_again(late, lead):
    """The plan's last day is Friday the 27th: on Monday at nine the same person is asked again, and then it climbs."""
    answer(late, lead, CLIMBS - SECOND, date(2026, 11, 27))

    assert climb_due(at=local("11-30 08:59:59")) == 0
    assert climb_due(at=local("11-30 09:00")) == 1
    assert asked(late) == [("lead", 1)]
    assert climb_due(at=local("11-30 14:00")) == 1
    assert asked(late) == [("supervisor", 2)]


def test_the_log_tells_all_of_it(late, lead):
    answer(late, lead, CLIMBS - SECOND, date(2026, 11, 27))
    climb_due(at=local("11-30 09:00"))
    climb_due(at=local("11-30 14:00"))

    assert [*late.events.order_by("sequence").values_list("verb", flat=True)][-3:] == [
        "acknowledge_escalation", "climb", "climb"
    ]  # fmt: skip
    faults = differences(Case.objects.get(pk=late.pk))
    assert [fault for fault in faults if not fault.startswith("clocks")] == []  # whose rungs the fixture took away


def test_the_owner_does_not_answer_for_those_above(late, handler, lead):
    """What waits for the lead goes on climbing; so it does where the lead has become the owner meanwhile."""
    answer(late, handler, CLIMBS - SECOND, date(2026, 11, 27))
    assert asked(late) == [("lead", 0)]

    Case.objects.filter(pk=late.pk).update(owner=lead)
    with pytest.raises(GateNotMet):
        answer(late, lead, CLIMBS - SECOND, date(2026, 11, 27))
    assert climb_due(at=CLIMBS) == 1
    assert asked(late) == [("supervisor", 1)]


def test_a_plan_is_near(late, lead):
    """Ten working days after Wednesday 11-25 are Wednesday 12-09."""
    with pytest.raises(GateNotMet, match="2026-12-09"):
        answer(late, lead, TOLD, date(2026, 12, 10))
    with pytest.raises(GateNotMet):
        answer(late, lead, TOLD, date(2026, 11, 24))
    answer(late, lead, TOLD, date(2026, 12, 9))


def test_a_plan_takes_no_breach_back(late, lead):
    clock = late.clocks.get(kind="first_contact")
    answer(late, lead, TOLD, date(2026, 11, 27))

    stands = late.clocks.get(kind="first_contact")
    assert (stands.breached_at, stands.breached_due_at) == (clock.breached_at, clock.due_at)
    assert stands.breached_at == local("11-24 17:30:01")
    assert fire_due(at=local("11-26 09:00")).rungs == 1  # the supervisor hears all the same


def test_what_was_done_does_not_climb(late, handler):
    contacting.log_contact(late.reference, actor=handler, at=TOLD + SECOND, **CALLED)

    assert climb_due(at=CLIMBS) == 0
    assert asked(late) == []


def test_two_rungs_to_one_person_are_one_question(late, supervisor):
    climb_due(at=CLIMBS)
    fire_due(at=local("11-26 09:00"))

    assert late.firings.filter(recipient=supervisor).count() == 2
    assert asked(late) == [("supervisor", 1)]


def test_whoever_is_asked_already_is_not_asked_twice(late, lead, supervisor):
    """Two clocks of a case were escalated to the lead: the supervisor gets one question, and the other one waits."""
    row = late.firings.get(recipient=lead)
    row.pk, row.clock = None, late.clocks.get(kind="decision")
    row.save()

    assert climb_due(at=CLIMBS) == 1
    assert sorted(asked(late)) == [("lead", 0), ("supervisor", 1)]
    assert set(late.firings.filter(answer_by__isnull=False).values_list("answer_by", flat=True)) == {CLIMBS_AGAIN}


def test_an_absent_lead_is_passed_over_by_a_climb_too(late, supervisor, institution):
    person("protection", Role.CONSUMER_PROTECTION, institution)
    absent(supervisor, until=CLIMBS + timedelta(days=9))

    climb_due(at=CLIMBS)

    assert asked(late) == [("protection", 1)]


def test_nobody_above_hears_of_a_tip_off(late):
    Case.objects.filter(pk=late.pk).update(nature=Nature.TIP_OFF)
    Firing.objects.all().delete()
    late.clocks.filter(kind="first_contact").update(next_rung=3, next_fire_at=TOLD)

    fire_due(at=TOLD)

    assert asked(Case.objects.get(pk=late.pk)) == []


def test_a_climb_is_a_fixed_number_of_statements(integration, lead, supervisor, django_assert_max_num_queries):
    for number in range(12):
        taken(integration, at=NOON, external_id=f"many-{number}")
    fire_due(at=TOLD)

    with django_assert_max_num_queries(30):
        assert climb_due(at=CLIMBS) >= 12


def test_for_an_absent_owner_the_substitute_hears(owned, handler, branch):
    """F42: who was away was reminded all the same: his A角 hears of it, and where that one is away too, B角."""
    first, second = person("a", Role.DISPATCHER, branch), person("b", Role.DISPATCHER, branch)
    Unit.objects.filter(pk=branch.pk).update(receiver=first, substitute=second)
    away = NOON + timedelta(days=30)
    posts.POSTS.forget()
    absent(handler, until=away)
    case = Case.objects.get(pk=owned.pk)

    assert Recipients([case], at=NOON).of("owner", case) == first
    absent(first, until=away)
    posts.POSTS.forget()
    assert Recipients([case], at=NOON).of("owner", case) == second


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.HANDLER])
def test_the_post_that_is_told_answers_and_nobody_else_of_its_role(role, owned, branch):
    """Where no lead is there, a rung falls to the complaint post, whose holder could not confirm it."""
    post, other = person("post", role, branch), person("other", role, branch)
    Unit.objects.filter(pk=branch.pk).update(receiver=post)
    posts.POSTS.forget()
    owned.clocks.exclude(kind="first_contact").update(next_fire_at=None, next_rung=None)
    fire_due(at=TOLD)
    assert set(owned.firings.filter(kind="escalation").values_list("recipient__username", flat=True)) == {"post"}
    assert "acknowledge_escalation" not in allowed_verbs(owned, other, TOLD)[0]
    with pytest.raises(GateNotMet):
        answer(owned, other, TOLD, date(2026, 11, 27))
    assert "acknowledge_escalation" in allowed_verbs(owned, post, TOLD)[0]
    answer(owned, post, TOLD, date(2026, 11, 27))
    assert owned.firings.get(kind="escalation").acknowledged_by == post
