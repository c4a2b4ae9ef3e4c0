"""The log alone says how a case stands: every column and clock that a verb changes is in its event."""

from datetime import timedelta

import pytest

from complaints.errors import GateNotMet
from complaints.models import Case, Clock, State
from complaints.services.escalating import fire_due
from complaints.services.replaying import differences
from complaints.verbs import amending, ownership
from sqm_site.errors import Invalid
from tests.cases import taken
from tests.complaints.positions import POSITIONS, at  # the same walk and people
from tests.complaints.test_fire_due import LATE
from tests.people import NOON


@pytest.mark.parametrize("position", POSITIONS)
def test_the_log_tells_where_the_walk_has_led(position, house):
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


class TestWhatNobodyEntered:
    """Clumsy 7: a fact that was never entered wanted a reason for its correction, and a title could not be given."""

    def test_is_added_without_a_reason_and_put_right_with_one(self, owned, handler, supervisor, other_branch):
        amending.amend(owned.reference, actor=handler, at=NOON, product="金卡", amount=12, complained_unit="BJ")
        for changed in ({"product": "银卡"}, {"amount": 13}, {"complained_unit": "SH"}):
            with pytest.raises(GateNotMet, match="更正原因"):
                amending.amend(owned.reference, actor=supervisor, at=NOON, **changed)
            amending.amend(owned.reference, actor=supervisor, at=NOON, reason="客户更正", **changed)
        amending.amend(owned.reference, actor=handler, at=NOON, product="银卡", demand="REFUND")
        with pytest.raises(Invalid):
            amending.amend(owned.reference, actor=handler, at=NOON)
        assert [*differences(Case.objects.get(pk=owned.pk))] == []

    def test_a_title_is_given_found_and_kept_when_an_earlier_message_comes(self, integration, handler, lead):
        thread = {"channel": "wechat", "subject": "", "thread": "T-1"}
        case = taken(integration, text="你好，在吗", **thread)
        ownership.take_next(case.reference, actor=handler, at=NOON)
        amending.amend(case.reference, actor=handler, at=NOON, subject="测试客户（13800138000）的滞纳金争议")
        told = Case.objects.get(pk=case.pk)
        assert "滞纳金争议" in told.subject and "13800138000" not in told.subject
        assert [*Case.objects.saying("滞纳金", entity=case.legal_entity_id)] == [told]
        amending.amend(case.reference, actor=handler, at=NOON, subject="违约金争议")  # the log keeps both
        taken(integration, text="更早的一条", occurred_at=(NOON - timedelta(hours=1)).isoformat(), **thread)
        told = Case.objects.get(pk=case.pk)
        assert (told.subject, told.messages.count()) == ("违约金争议", 2)
        assert [*differences(told)] == []
        Case.objects.filter(pk=case.pk).update(subject="另一个标题")
        assert len([*differences(Case.objects.get(pk=case.pk))]) == 1

    def test_the_title_that_a_customer_gave_is_put_right_for_a_reason(self, owned, handler):
        with pytest.raises(GateNotMet, match="更正原因"):
            amending.amend(owned.reference, actor=handler, at=NOON, subject="另一个标题")
        amending.amend(owned.reference, actor=handler, at=NOON, subject="另一个标题", reason="原标题不清楚")
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
