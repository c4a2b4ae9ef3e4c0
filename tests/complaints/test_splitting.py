"""拆分: one of several matters goes on in a case of its own; nothing is gained by it, and the customer is reached."""

import pytest

from complaints.errors import GateNotMet
from complaints.models import Case, DeadlineMove
from complaints.services.escalating import fire_due
from complaints.verbs import (
    answering,
    approving,
    contacting,
    deciding,
    grading,
    handling,
    merging,
    ownership,
    splitting,
)
from feedback.models import Notice
from organization.models import Role
from quality import cells
from quality.models import CaseFact
from tests.cases import CALLED, CLASSIFIED, DECIDED, taken
from tests.complaints.mergers import DAY, HOUR, chief, due, fresh, whole
from tests.people import NOON, person

__all__ = ["chief"]
APART = "另外，我的理财产品也被提前赎回，请13912345678回电说明。"


@pytest.fixture
def old(integration) -> Case:
    return taken(integration, at=NOON - 2 * DAY)


def split(case: Case, *, by, at=NOON, text: str = APART) -> Case:
    splitting.split(case.reference, actor=by, at=at, text=text)
    return Case.objects.filter(links__other=case, links__kind="split_from").latest("pk")


def test_it_is_a_case_of_its_own_with_the_same_receipt_and_deadline(old, supervisor, receiver):
    new = split(old, by=supervisor)

    assert (new.state, new.owner, new.first_receiver) == ("received", receiver, old.first_receiver)
    assert (new.received_at, new.customer, new.kind, new.nature) == (
        old.received_at, old.customer, "original", "complaint",
    )  # fmt: skip
    assert due(new) == due(old) and new.promised_due_at == old.promised_due_at
    assert new.subject.startswith("另外，我的理财产品") and "13912345678" not in new.subject
    assert "13912345678" not in new.texts.get(kind="text").text
    assert fresh(old).state == "received"
    assert [event.verb for event in old.events.order_by("sequence")] == ["take_in", "split"]
    assert [event.verb for event in new.events.all()] == ["split_off"]
    whole(old, new)


def test_whoever_has_a_part_asks_a_second_person(old, handler, lead):
    """Of one hard case ten easy ones would be good figures."""
    ownership.take_next(old.reference, actor=handler, at=NOON)
    splitting.split(old.reference, actor=handler, at=NOON, text=APART)
    assert not old.linked_from.exists()
    approving.decide_approval(old.reference, actor=lead, at=NOON, grant=True)
    new = old.linked_from.get().case
    assert new.texts.get(kind="text").text == old.texts.filter(kind="text").first().text
    whole(old, new)


def test_a_deadline_that_was_moved_is_that_of_both(old, handler, supervisor, chief):
    ownership.take_next(old.reference, actor=handler, at=NOON)
    clock = old.clocks.get(kind="decision")
    DeadlineMove.objects.create(
        clock=clock, cause="restart", was=clock.due_at, now=clock.due_at + 5 * DAY, days=5, at=NOON
    )
    clock.due_at += 5 * DAY
    clock.save()
    assert due(split(old, by=chief)) == clock.due_at


def test_what_is_late_is_late_in_both(old, supervisor):
    late = NOON + 20 * DAY
    fire_due(at=late)
    new = split(old, by=supervisor, at=late)
    assert new.clocks.get(kind="decision").breached_at == old.clocks.get(kind="decision").breached_at is not None
    fire_due(at=late + HOUR)
    whole(old, new)


def test_both_are_counted(old, supervisor):
    split(old, by=supervisor)
    cells.refresh_all()
    assert CaseFact.objects.filter(offer=0, received_on=(NOON - 2 * DAY).date()).count() == 2


def test_a_customer_is_told_of_each(integration, handler, supervisor, chief, branch):
    """Answers go to where the customer wrote from, also those of what was split off, and of what is split off that."""
    checker = person("checker", Role.APPROVER, branch)
    old = taken(integration, customer={"customer_no": "K7", "name": "测试客户", "email": "lan@example.com"})
    contacting.log_contact(old.reference, actor=supervisor, at=NOON, **CALLED)
    first = split(old, by=chief)
    assert not first.clocks.filter(kind="first_contact").exists()  # they were spoken with
    new = split(first, by=supervisor, text="还有一件事，请一并说明。")
    Case.objects.exclude(pk=new.pk).update(handling_unit=branch.parent)
    ownership.take_next(new.reference, actor=handler, at=NOON)
    handling.classify(new.reference, actor=handler, at=NOON, **CLASSIFIED)
    deciding.draft_decision(new.reference, actor=handler, at=NOON, **DECIDED)
    deciding.approve_decision(new.reference, actor=checker, at=NOON)
    answering.notify(new.reference, actor=handler, at=NOON, method="EMAIL", text="已退回。")
    assert Notice.objects.filter(about=new.reference, to_user=None).exists()
    assert fresh(new).state == "notified"
    whole(new)


def test_what_was_split_by_mistake_is_merged_again(old, supervisor, chief):
    new = split(old, by=supervisor)
    merging.merge(new.reference, actor=chief, at=NOON, into=old.reference, reason="仍属同一事项")
    assert fresh(new).state == "merged"
    whole(old, new)


def test_a_review_is_not_split(old, supervisor):
    Case.objects.filter(pk=old.pk).update(kind="review")
    with pytest.raises(GateNotMet, match="核查"):
        split(old, by=supervisor)


def test_level_and_names_go_with_it(integration, supervisor, handler):
    old = taken(integration, named_staff=["handler"])
    grading.set_level(old.reference, actor=supervisor, at=NOON, level="important", reason="老年客户")
    new = split(old, by=supervisor)
    assert (new.level, new.named_staff) == ("important", ["handler"]) and handler.pk in new.barred
    whole(old, new)
