"""The log alone says how a case stands: every column and clock that a verb changes is in its event."""

import pytest

from complaints.models import Case, Clock, State
from complaints.services.escalating import fire_due
from complaints.services.replaying import differences
from complaints.verbs import amending
from tests.cases import taken
from tests.complaints.test_fire_due import LATE
from tests.complaints.test_offers import POSITIONS, at, house  # noqa: F401  the same walk, the same people
from tests.people import NOON


@pytest.mark.parametrize("position", POSITIONS)
def test_the_log_tells_where_the_walk_has_led(position, house):  # noqa: F811
    case = at(house, position)
    assert [*differences(case)] == []


def test_the_log_tells_what_the_sweep_did(integration):
    case = taken(
        integration, product="金卡", named_staff=["柜员一号", "柜员二号"], amount="12.50", business_line="cards"
    )
    fire_due(at=LATE)
    assert case.clocks.exclude(breached_at=None).exists()
    assert [*differences(Case.objects.get(pk=case.pk))] == []


def test_words_that_were_emptied_are_told_too(integration, handler, owned, supervisor):
    amending.amend(owned.reference, actor=handler, at=NOON, reason="客户更正", product="金卡")
    amending.amend(owned.reference, actor=handler, at=NOON, reason="客户更正", named_staff=["柜员"])
    amending.amend(owned.reference, actor=supervisor, at=NOON, reason="没有涉及人员", named_staff=[])
    assert [*differences(Case.objects.get(pk=owned.pk))] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda case: Case.objects.filter(pk=case.pk).update(level="major"),
        lambda case: Case.objects.filter(pk=case.pk).update(product="白金卡"),
        lambda case: Case.objects.filter(pk=case.pk).update(owner=case.brought_by),
        lambda case: Case.objects.filter(pk=case.pk).update(state=State.NOTIFIED),
        lambda case: case.clocks.filter(kind="decision").update(due_at=LATE, breached_at=None),
        lambda case: Clock.objects.filter(case=case, kind="resolution").delete(),
    ],
    ids=["level", "words", "owner", "state", "deadline", "clock"],
)
def test_what_was_changed_past_the_verbs_is_named(change, integration):
    case = taken(integration, product="金卡")
    change(case)
    assert len([*differences(Case.objects.get(pk=case.pk))]) >= 1
