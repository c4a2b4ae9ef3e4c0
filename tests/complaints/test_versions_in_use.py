"""What a clock follows stays as it was: a version in use is ended and followed by a new one, never changed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.models import Clock
from sla.models import Ladder, Policy, RuleSet, Rung, Target
from tests.cases import taken
from tests.people import NOON

LAW = {"key": "CBIRC-2020-3"}
OTHER_LAW = {"key": "PBOC-2020-5"}  # nothing was transferred: no clock follows it


def target(kind: str = "resolution") -> Target:
    return Target.objects.get(policy__key="complaint", kind=kind)


CHANGES = {
    "days of a rule": lambda: RuleSet.objects.filter(**LAW).update(first_due_days=20),
    "first day of a rule": lambda: RuleSet.objects.filter(**LAW).update(effective_from=date(2021, 1, 1)),
    "ladder of a rule": lambda: RuleSet.objects.filter(**LAW).update(ladder=Ladder.objects.get(key="contact")),
    "natures of a policy": lambda: Policy.objects.filter(key="complaint").update(natures=[]),
    "amount of a target": lambda: Target.objects.filter(pk=target().pk).update(amount=9),
    "amount of a target beside one in use": lambda: Target.objects.filter(pk=target("follow_up").pk).update(amount=9),
    "a further target": lambda: Target.objects.create(
        policy=target().policy, kind="next_response", amount=1, unit="working_days", ladder=target().ladder
    ),
    "a target taken away": lambda: Target.objects.filter(pk=target("follow_up").pk).delete(),
    "a target of another policy": lambda: Target.objects.filter(
        policy__key="default", kind="resolution"
    ).update(kind="next_response", policy=target().policy),
    "name of a ladder": lambda: Ladder.objects.filter(key="contact").update(name="别的"),
    "offset of a rung": lambda: Rung.objects.filter(ladder__key="contact", position=1).update(offset="-2:00:00"),
    "a further rung": lambda: Rung.objects.create(
        ladder=target().ladder, position=9, offset="9 00:00:00", kind="escalation", tell="supervisor"
    ),
    "a rung taken away": lambda: Rung.objects.filter(ladder__key="statutory", position=1).delete(),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_clock_follows_is_refused_to_change(change, integration):
    taken(integration)
    with pytest.raises(IntegrityError, match="End it and enter a new version"), transaction.atomic():
        change()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_no_clock_follows_yet_may_be_changed(change, db):
    change()


def test_a_version_in_use_can_be_ended(integration):
    taken(integration)
    for table in (RuleSet.objects.filter(**LAW), Policy.objects.filter(key="complaint")):
        assert table.update(effective_to=NOON.date() + timedelta(days=30)) == 1


def test_the_next_version_of_what_is_in_use_can_be_prepared(integration):
    case = taken(integration)
    row = RuleSet.objects.get(**LAW)
    row.pk, row._state.adding, row.effective_from = None, True, NOON.date() + timedelta(days=9)
    row.save()
    RuleSet.objects.filter(pk=row.pk).update(first_due_days=10)
    ladder = Ladder.objects.create(key="contact", name="新阶梯", effective_from=row.effective_from)
    ladder.rungs.create(position=1, offset="0", kind="breach", tell="owner")
    ladder.rungs.update(tell="team_lead")

    assert case.clocks.get(kind="decision").rule_set.first_due_days == 15


def test_a_rule_beside_the_one_in_use_may_be_changed(integration):
    taken(integration)
    assert RuleSet.objects.filter(**OTHER_LAW).update(first_due_days=20) == 1


def test_a_clock_names_the_row_it_follows(integration):
    clocks = {clock.kind: clock for clock in Clock.objects.filter(case=taken(integration))}

    assert (clocks["decision"].rule_set, clocks["decision"].target) == (RuleSet.objects.get(**LAW), None)
    assert (clocks["decision"].subject, clocks["decision"].basis) == ("CBIRC-2020-3", "statutory")
    assert (clocks["resolution"].rule_set, clocks["resolution"].target) == (None, target())
    assert {clock.first_due_at == clock.due_at for clock in clocks.values()} == {True}
