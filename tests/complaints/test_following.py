"""关注: whoever reads a case may follow it and hears when it goes on; nothing any more once they may not read it."""

import pytest

from complaints.desk.queue import followed
from complaints.errors import GateNotMet, NotAllowed
from complaints.models import Case
from complaints.services.replaying import retold_otherwise
from complaints.verbs import grading, handling, ownership, watching
from feedback.models import Notice
from organization.models import Membership
from tests.people import NOON


def heard(kind: str = "watched") -> list[tuple[str, str]]:
    rows = Notice.objects.filter(kind=kind, channel="in_app").order_by("pk")
    return [(row.to_user.username, row.context.get("verb", "")) for row in rows]


def follow(case: Case, person) -> Case:
    return watching.watch(case.reference, actor=person, at=NOON)


def test_whoever_follows_hears_of_each_further_step_but_of_their_own(owned, handler, lead, supervisor):
    for person in (lead, supervisor, handler):
        follow(owned, person)
    handling.note(owned.reference, actor=handler, at=NOON, text="客户说下午再来电")
    assert heard() == []
    grading.set_level(owned.reference, actor=lead, at=NOON, level="important", reason="涉及面广")
    assert heard() == [("supervisor", "set_level")]  # who has the case knows
    watching.unwatch(owned.reference, actor=supervisor, at=NOON)
    ownership.transfer(owned.reference, actor=handler, at=NOON, unit=owned.handling_unit.code, reason="转专岗")
    assert heard()[1:] == [("lead", "transfer")]
    assert not [*retold_otherwise(Case.objects.all())]


def test_a_colleague_is_copied_in_once_and_told(owned, handler, supervisor, outsider):
    version = owned.version
    case = watching.copy_in(owned.reference, actor=handler, at=NOON, reader="supervisor")
    assert (case.watchers, case.version, heard("copied_in")) == ([supervisor.pk], version, [("supervisor", "")])
    for name, why in (("supervisor", "已关注"), ("outsider", "无权查看"), ("nobody", "用户名")):
        with pytest.raises(GateNotMet, match=why):
            watching.copy_in(owned.reference, actor=handler, at=NOON, reader=name)
    with pytest.raises(GateNotMet, match="您已关注"):
        follow(owned, supervisor)
    with pytest.raises(GateNotMet, match="未关注"):
        watching.unwatch(owned.reference, actor=handler, at=NOON)


def test_who_follows_too_much_hears_no_more_than_they_read(owned, handler, lead, supervisor):
    for person in (lead, supervisor):
        follow(owned, person)
    Membership.objects.filter(user=lead).delete()
    Case.objects.filter(pk=owned.pk).update(barred=[supervisor.pk])
    grading.set_level(owned.reference, actor=handler, at=NOON, level="important", reason="涉及面广")
    assert heard() == [] and not followed(supervisor, NOON).exists()


def test_an_auditor_follows_nothing(owned, auditor):
    with pytest.raises(NotAllowed):
        follow(owned, auditor)


def test_no_more_than_twenty_follow_a_case(owned, supervisor):
    Case.objects.filter(pk=owned.pk).update(watchers=[*range(1001, 1021)])
    with pytest.raises(GateNotMet, match="20"):
        follow(owned, supervisor)


def test_the_list_of_what_one_follows_is_what_is_open(owned, supervisor):
    follow(owned, supervisor)
    assert [*followed(supervisor, NOON)] == [owned]
    Case.objects.filter(pk=owned.pk).update(state="withdrawn", owner=None, next_due_at=None)
    assert not followed(supervisor, NOON).exists()
