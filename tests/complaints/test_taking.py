"""领取: the most urgent case of one's queues, whatever lies in them."""

from datetime import timedelta
from functools import reduce
from operator import or_

import pytest
from django.db import connection

from complaints.models import OPEN, Case, State
from complaints.services.taking import take_next, waiting_for
from complaints.verbs import ownership
from organization.models import Role, Team, Unit, User
from organization.rights import permissions, rights_of
from organization.services import create_team, create_unit
from tests.cases import taken
from tests.people import NOON, hold
from tests.plans import reads_of, rows_of

MANY = 2_000


def piled(unit: Unit, number: int, *, owner: User, team: Team | None = None, state: str = State.RECEIVED) -> None:
    """Cases that wait in a unit, each due a minute after the one before; or that are over."""
    place = {"legal_entity_id": unit.legal_entity_id, "receiving_unit": unit, "handling_unit": unit, "team": team}
    people = {"owner": owner, "first_receiver": owner, "brought_by": owner}
    facts = {"nature": "complaint", "channel": "phone", "received_at": NOON, "state": state}
    prefix = f"{unit.code}-{team.pk if team else 0}"
    due = [NOON + timedelta(days=2, minutes=one) if state in OPEN else None for one in range(number)]
    Case.objects.bulk_create(
        Case(reference=f"{prefix}-{one}", next_due_at=due_at, **place, **people, **facts)
        for one, due_at in enumerate(due)
    )


def test_who_takes_reads_a_handful_of_what_waits(case, handler, branch, team, other_branch, receiver):
    """P2: taking the next case read every open case there was, and fifty who began their day took eight a second."""
    piled(branch, MANY, owner=receiver)
    piled(branch, MANY, owner=receiver, team=team)
    piled(other_branch, MANY, owner=receiver)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_case; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    with reads_of("complaints_case") as asked:
        assert take_next(actor=handler, at=NOON).pk == case.pk
    read, indexes = rows_of([sql for sql in asked if "ORDER BY" in sql and "next_due_at" in sql], "complaints_case")
    assert read <= 20, indexes
    assert {"case_team_waiting", "case_unit_waiting"} <= indexes


def test_the_planner_takes_no_full_queue_for_an_empty_one(case, handler, branch, other_branch, receiver):
    """P2: what was said twice of where a case lies counted twice as seldom, and all that waits was sorted."""
    piled(branch, MANY, owner=receiver)
    piled(other_branch, 10 * MANY, owner=receiver, state=State.CLOSED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE complaints_case")
    with reads_of("complaints_case") as asked:
        assert take_next(actor=handler, at=NOON).pk == case.pk
    read, indexes = rows_of([sql for sql in asked if "ORDER BY" in sql and "next_due_at" in sql], "complaints_case")
    assert read <= 20, indexes


def test_the_most_urgent_comes_first_whichever_queue_it_lies_in(integration, handler, dispatcher, team):
    first, offered, of_team, last = [taken(integration).reference for _number in range(4)]
    ownership.assign(offered, actor=dispatcher, at=NOON, unit="SH")
    Case.objects.filter(reference=of_team).update(team=team)
    for hours, reference in enumerate([first, offered, of_team]):
        Case.objects.filter(reference=reference).update(next_due_at=NOON + timedelta(hours=hours))
    Case.objects.filter(reference=last).update(next_due_at=None)
    assert [take_next(actor=handler, at=NOON).reference for _ in range(4)] == [first, offered, of_team, last]


def test_its_parts_together_are_the_queue(integration, handler, lead, dispatcher, branch, other_branch, team):
    """For every role that takes, with a line of its own and without, in two places."""
    assert set(permissions()["take_next"].values()) == {"team"}
    below = create_unit("SH-1", name="上海分行支行", kind=Unit.Kind.BRANCH, parent=branch)
    second = create_team(branch, "二组")
    for place, its_team in [(branch, None), (branch, team), (branch, second), (other_branch, None), (below, None)]:
        piled(place, 2, owner=handler, team=its_team)
    hold(handler, Role.HANDLER, other_branch)
    for person in (handler, lead):
        rights = rights_of(User.objects.get(pk=person.pk))
        together = Case.objects.filter(reduce(or_, rights.queues())).distinct()
        assert set(together) == set(Case.objects.filter(rights.queue()))
        assert together.exists() and together.count() < Case.objects.count()
        assert set(waiting_for(person)) <= set(together)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.COMPLIANCE_AUDITOR])
def test_who_takes_nothing_has_no_queue(role, branch, outsider):
    outsider.memberships.all().delete()
    hold(outsider, role, branch)
    assert rights_of(User.objects.get(pk=outsider.pk)).queues() == []
