"""协商约定: an agreed limit is a clock of its own; it moves no deadline of the law, and nobody puts it off alone."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from complaints.desk.beginning import beginning
from complaints.models import Agreement, Case
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.verbs import agreeing, answering, approving
from organization.models import User
from sqm_site.errors import DomainError
from tests.cases import TOLD, told
from tests.people import NOON

DAY = timedelta(days=1)
PAPER: dict[str, Any] = {"evidence": "REC-00009", "terms": "双方约定五日内书面答复。"}


def day(number: int) -> datetime:
    return NOON + number * DAY


def on(number: int) -> date:
    return day(number).date()


def agree(case: Case, *, by: User, at: datetime = NOON, **given: Any) -> Case:
    return agreeing.agree(case.reference, actor=by, at=at, **PAPER | given)


def running(case: Case) -> list[date]:
    clocks = case.clocks.filter(basis="agreed", stopped_at=None)
    return [timezone.localdate(clock.due_at) for clock in clocks]


def test_an_agreed_limit_is_a_clock_beside_that_of_the_law(owned, handler):
    law = owned.clocks.get(kind="decision").due_at
    case = agree(owned, by=handler, until=on(2))
    (row,) = Agreement.objects.all()
    clock = case.clocks.get(basis="agreed")
    assert (row.until, row.evidence, row.by, row.round) == (on(2), "REC-00009", handler, case.current_round)
    assert (clock.kind, clock.subject) == ("decision", f"event:{row.event_sequence}")
    assert case.clocks.get(basis="statutory").due_at == law
    assert case.next_due_at <= clock.due_at
    assert not [*retold_otherwise(Case.objects.all())]


def test_it_reminds_and_climbs_and_is_late_like_any_other(owned, handler):
    agree(owned, by=handler, until=on(2))
    fire_due(at=day(4))
    assert owned.clocks.get(basis="agreed").breached_at is not None


def test_a_later_day_takes_its_place_once_a_second_person_agreed(owned, handler, lead):
    agree(owned, by=handler, until=on(2))
    agree(owned, by=handler, at=day(1), until=on(5))
    assert running(owned) == [on(2)]
    approving.decide_approval(owned.reference, actor=lead, at=day(1), grant=True)
    assert running(owned) == [on(5)]
    assert not [*retold_otherwise(Case.objects.all())]


def test_one_that_has_passed_stays_late(owned, handler):
    agree(owned, by=handler, until=on(2))
    fire_due(at=day(4))
    agree(owned, by=handler, at=day(4), until=on(6))
    assert sorted(running(owned)) == [on(2), on(6)]


def test_a_way_of_telling_is_agreed_without_a_limit(owned, handler):
    case = agree(owned, by=handler, method="EMAIL")
    assert (Agreement.objects.get().method, running(case)) == ("EMAIL", [])


def test_the_decision_is_told_in_the_way_that_was_agreed_last(decided, handler):
    agree(decided, by=handler, method="EMAIL")
    agree(decided, by=handler, at=NOON + timedelta(minutes=1), method="POST")
    assert beginning(decided, answering.notify)["method"] == "POST"
    with pytest.raises(DomainError, match="邮寄"):
        answering.notify(decided.reference, actor=handler, at=day(1), **TOLD)
    by_post = {**TOLD, "method": "POST", "evidence": "EMS100200300"}
    assert answering.notify(decided.reference, actor=handler, at=day(1), **by_post).state == "notified"


@pytest.mark.parametrize(
    ("given", "words"), [({}, "约定"), ({"until": on(-1)}, "请选择"), ({"until": on(400)}, "请选择")]
)
def test_what_it_lacks_is_said(owned, handler, given, words):
    with pytest.raises(DomainError, match=words):
        agree(owned, by=handler, **given)
    assert not Agreement.objects.exists()


def test_after_the_telling_there_is_no_decision_to_agree_a_day_for(integration, handler, lead):
    case = told(integration, handler=handler, checker=lead)
    with pytest.raises(DomainError, match="已告知"):
        agree(case, by=handler, until=on(5))
    agree(case, by=handler, method="POST")


def test_the_telling_stops_it(decided, handler):
    assert running(agree(decided, by=handler, until=on(5))) == [on(5)]
    case = answering.notify(decided.reference, actor=handler, at=day(1), **TOLD)
    assert running(case) == []
