"""群体性投诉: five complain of one event; a person gathers them, and each is told in their own case."""

import pytest

from complaints.desk import queue
from complaints.errors import GateNotMet, NotAllowed, NotOfAGroup
from complaints.models import Case, GroupSign
from complaints.verbs import (
    VERBS,
    allowed_verbs,
    amending,
    answering,
    approving,
    deciding,
    grouping,
    handling,
    ownership,
)
from feedback.models import Notice
from organization.models import User
from quality import cells
from quality.models import CaseFact
from tests.cases import CLASSIFIED, DECIDED, TOLD, take_back, taken
from tests.complaints.mergers import DAY, chief, fresh, whole
from tests.people import NOON

__all__ = ["chief"]
EVENT = {"category": CLASSIFIED["category"], "reason": CLASSIFIED["reason"], "product": "金卡"}
COMMON = "同一产品同日重复扣收年费"


def one(integration, **fields) -> Case:
    return taken(integration, **{**EVENT, **fields})


def several(integration, count: int, **fields) -> list[Case]:
    return [one(integration, **fields) for _number in range(count)]


def signs() -> int:
    return GroupSign.objects.filter(status="found").count()


def gather(case: Case, *, by: User, at=NOON, **given) -> Case:
    grouping.gather(case.reference, actor=by, at=at, common=COMMON, **given)
    return case.links.standing().get(kind="child_of").other


def test_the_fifth_makes_a_sign(integration):
    cases = several(integration, 4)
    assert signs() == 0
    cases.append(one(integration))
    assert (signs(), cases[-1].group_signs.get().complainants) == (1, 5)
    one(integration)
    assert signs() == 1  # somebody was told
    whole(*cases)


def test_who_may_dismiss_a_sign_finds_it_in_the_tab(integration, supervisor, handler, outsider):
    """D8: and nobody else."""
    cases = several(integration, 5)
    for user in (supervisor, handler, outsider):
        listed = set(queue.group_signs(user, NOON).values_list("pk", flat=True))
        assert (cases[-1].pk in listed) == ("dismiss_sign" in allowed_verbs(cases[-1], user, NOON)[0]), user
    assert queue.group_signs(supervisor, NOON).exists()


def test_another_product_event_or_week_and_the_same_customer_are_no_sign(integration):
    several(integration, 3)
    one(integration, product="银卡")
    one(integration, reason="C10")
    taken(integration, **EVENT, at=NOON - 8 * DAY)
    for _time in range(3):
        one(integration, customer={"customer_no": "K-one", "name": "测试客户", "phone": "13800138000"})
    assert signs() == 0


def test_one_unit_is_as_good_as_one_product(integration, supervisor):
    cases = [taken(integration) for _number in range(5)]
    for case in cases:
        handling.classify(case.reference, actor=supervisor, at=NOON, **CLASSIFIED)
    assert (signs(), cases[-1].group_signs.count()) == (1, 1)
    whole(*cases)


def test_what_a_correction_says_counts(integration, supervisor):
    cases = [*several(integration, 4), one(integration, product="银卡")]
    assert signs() == 0
    amending.amend(cases[-1].reference, actor=supervisor, at=NOON, product="金卡", reason="更正")
    assert signs() == 1


def test_a_person_gathers_them(integration, supervisor, handler):
    cases = several(integration, 5)
    with pytest.raises(NotAllowed):
        gather(cases[-1], by=handler)
    parent = gather(cases[-1], by=supervisor)

    assert (parent.kind, parent.level, parent.complainants, parent.state) == ("group", "important", 5, "received")
    assert {link.case for link in parent.linked_from.standing()} == {*cases}
    assert parent.next_due_at is not None and not parent.clocks.exclude(basis="internal").exists()
    assert [case.state for case in map(fresh, cases)] == ["received"] * 5
    assert (signs(), GroupSign.objects.get().status, GroupSign.objects.get().decided_by) == (0, "confirmed", supervisor)
    whole(parent, *cases)


def test_the_sign_is_looked_at_from_whichever_of_them_it_is_gathered(integration, supervisor):
    """It hung on one of the cases, and stood in the tab when they were gathered from another."""
    cases = several(integration, 5)
    gather(cases[0], by=supervisor)
    assert signs() == 0
    whole(*cases)


def test_the_sign_of_one_that_is_over_is_looked_at_with_those_under_way(integration, supervisor, chief):
    cases = several(integration, 5)
    take_back(cases[-1], actor=supervisor, second=chief)
    gather(cases[0], by=supervisor)
    assert (signs(), GroupSign.objects.get().status, fresh(cases[-1]).state) == (0, "confirmed", "withdrawn")
    whole(*cases)


def test_the_page_of_the_parent_names_every_part_and_who_was_told(client, integration, supervisor):
    cases = several(integration, 8)
    parent = gather(cases[-1], by=supervisor)
    client.force_login(supervisor, backend="organization.backends.RoleBackend")
    page = client.get(f"/desk/cases/{parent.reference}/").content.decode()
    assert all(case.reference in page for case in cases)


def test_who_comes_later_is_told_of_and_joins_it(integration, supervisor):
    cases = several(integration, 5)
    parent = gather(cases[-1], by=supervisor)
    later = one(integration)
    assert signs() == 1
    assert gather(later, by=supervisor) == parent
    assert fresh(parent).complainants == 6
    whole(parent, later)


def test_twenty_are_a_major_complaint(integration, supervisor):
    cases = [*several(integration, 4), one(integration, complainants=16)]
    parent = gather(cases[0], by=supervisor)
    assert (parent.level, parent.complainants) == ("major", 20)


def test_no_group_is_said_with_a_reason_and_asked_again_when_it_has_doubled(integration, supervisor, handler):
    cases = several(integration, 5)
    with pytest.raises(NotAllowed):
        grouping.dismiss_sign(cases[-1].reference, actor=handler, at=NOON, reason="各不相同")
    grouping.dismiss_sign(cases[-1].reference, actor=supervisor, at=NOON, reason="各不相同")
    several(integration, 4)
    assert signs() == 0
    last = one(integration)
    assert (signs(), last.group_signs.get().complainants) == (1, 10)
    whole(last, *cases)


def test_whoever_had_a_part_does_not_dismiss_it_alone(integration, supervisor, chief):
    """Whoever answers for it would rather have none."""
    cases = several(integration, 5)
    handling.classify(cases[-1].reference, actor=supervisor, at=NOON, **CLASSIFIED)
    grouping.dismiss_sign(cases[-1].reference, actor=supervisor, at=NOON, reason="各不相同")
    assert signs() == 1
    approving.decide_approval(cases[-1].reference, actor=chief, at=NOON, grant=True)
    assert signs() == 0


def test_its_decision_is_drafted_to_each_and_each_is_told(
    integration, supervisor, handler, colleague, lead, chief, branch
):
    cases = several(integration, 5)
    parent = gather(cases[0], by=supervisor)
    for case in cases[:4]:
        ownership.take_next(case.reference, actor=handler, at=NOON)
    for case in cases[:3]:
        handling.classify(case.reference, actor=handler, at=NOON, **CLASSIFIED)
    ownership.take_next(parent.reference, actor=colleague, at=NOON)
    handling.classify(parent.reference, actor=colleague, at=NOON, **CLASSIFIED)
    deciding.draft_decision(parent.reference, actor=colleague, at=NOON, **DECIDED)
    deciding.approve_decision(parent.reference, actor=chief, at=NOON)

    assert [case.state for case in map(fresh, cases)] == [*["pending_approval"] * 3, "in_progress", "received"]
    assert parent.events.latest("sequence").details["drafted"] == 3
    draft = cases[0].decisions.get()
    assert (draft.author, draft.finding) == (colleague, DECIDED["finding"])
    assert cases[0].texts.get(kind="outcome").text == DECIDED["outcome"]
    with pytest.raises(NotOfAGroup):
        answering.notify(parent.reference, actor=colleague, at=NOON, **TOLD)
    with pytest.raises(GateNotMet, match="5"):
        grouping.close_group(parent.reference, actor=supervisor, at=NOON)
    for case in cases[:3]:
        deciding.approve_decision(case.reference, actor=chief, at=NOON)
        answering.notify(case.reference, actor=handler, at=NOON, **TOLD)
    for case in cases[3:]:
        grouping.leave_group(case.reference, actor=supervisor, at=NOON, reason="另一事项")
    case = grouping.close_group(parent.reference, actor=supervisor, at=NOON)
    assert (case.state, case.complainants, case.next_due_at) == ("closed", 3, None)
    assert Notice.objects.filter(kind="group").exists()
    whole(parent, *cases)


def test_a_group_is_no_further_complaint(integration, supervisor):
    cases = several(integration, 5)
    gather(cases[0], by=supervisor)
    cells.refresh_all()
    assert set(CaseFact.objects.values_list("case", flat=True)) == {case.pk for case in cases}


def test_what_belongs_to_one_is_not_gathered_twice(integration, supervisor):
    cases = several(integration, 5)
    gather(cases[0], by=supervisor)
    with pytest.raises(GateNotMet, match="已归入"):
        gather(cases[1], by=supervisor)
    other = one(integration, product="银卡")
    with pytest.raises(GateNotMet, match="群体"):
        gather(other, by=supervisor, into=cases[0].reference)
    parent = cases[0].links.get(kind="child_of").other
    assert gather(other, by=supervisor, into=parent.reference) == parent


@pytest.mark.parametrize(
    "verb", ["settle", "notify", "withdraw", "decline", "merge", "split", "extend", "reply", "close"]
)
def test_all_else_is_done_in_the_case_of_each(verb, integration, supervisor):
    parent = gather(several(integration, 5)[0], by=supervisor)
    Case.objects.filter(pk=parent.pk).update(state="decided" if verb == "notify" else "in_progress")
    form = VERBS[verb].form
    with pytest.raises(NotOfAGroup):
        VERBS[verb](parent.reference, actor=supervisor, at=NOON, **dict.fromkeys(form.names(), ""))
