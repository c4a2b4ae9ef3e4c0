"""What is not merged: another matter, another complainant, what weighs more, what would be due later."""

from datetime import date

import pytest

from complaints.errors import GateNotMet, WrongState
from complaints.models import Case
from complaints.verbs import VERBS, agreeing, amending, grading, transferring
from organization.models import Role, Unit, User
from organization.services import create_unit
from sqm_site.errors import Invalid, NotFound
from tests.cases import TRANSFERRED, taken, told
from tests.complaints.mergers import DAY, WHO, chief, fresh, merge, merged, newer, older
from tests.people import NOON, person

__all__ = ["chief", "newer", "older"]


def refused(case: Case, into: Case, by: User, words: str, error: type[Exception] = GateNotMet) -> None:
    before = fresh(case).event_count, fresh(into).event_count
    with pytest.raises(error, match=words):
        merge(case, into, by=by)
    assert (fresh(case).event_count, fresh(into).event_count) == before


def test_a_case_is_not_merged_into_itself(older, supervisor):
    """D23"""
    with pytest.raises(Invalid) as refusal:
        merge(older, older, by=supervisor)
    assert "into" in refusal.value.fields and refusal.value.status_code == 400


def test_nothing_is_merged_into_what_is_merged_or_decided(older, newer, supervisor, chief, integration):
    """D23"""
    third = taken(integration, customer=WHO)
    merged(newer, older, by=supervisor, second=chief)
    refused(third, newer, supervisor, "已合并", WrongState)
    refused(newer, third, supervisor, "不能办理", WrongState)
    Case.objects.filter(pk=older.pk).update(state="decided")
    refused(third, older, supervisor, "待答复", WrongState)


def test_what_is_out_of_sight_is_not_there(older, newer, supervisor, branch):
    """D23: across units."""
    elsewhere = create_unit("GZ", name="广州分行", kind=Unit.Kind.BRANCH, parent=branch.parent)
    Case.objects.filter(pk=older.pk).update(handling_unit=elsewhere)
    refused(newer, older, supervisor, "没有", NotFound)
    refused(older, newer, supervisor, "没有", NotFound)


def test_another_nature_or_unit_is_another_matter(older, newer, supervisor, integration, branch):
    enquiry = taken(integration, customer=WHO, nature="enquiry")
    refused(enquiry, older, supervisor, "性质")
    root = Unit.objects.get(parent=None, legal_entity=branch.legal_entity)
    Case.objects.filter(pk=older.pk).update(complained_unit=root)
    Case.objects.filter(pk=newer.pk).update(complained_unit=branch)
    refused(newer, older, supervisor, "单位")


def test_another_complainant_only_joins_a_joint_complaint(older, integration, supervisor, chief):
    other = taken(integration)
    refused(other, older, supervisor, "他人")
    VERBS["amend"](older.reference, actor=chief, at=NOON, complainants=3, reason="联名投诉")
    assert merge(other, older, by=supervisor).state == "received"  # a second person is asked
    VERBS["decide_approval"](other.reference, actor=chief, at=NOON, grant=True)
    assert fresh(other).state == "merged" and fresh(other).customer != fresh(older).customer


def test_what_weighs_more_is_not_handled_as_what_weighs_less(older, newer, supervisor, chief):
    grading.set_level(newer.reference, actor=supervisor, at=NOON, level="important", reason="老年客户")
    refused(newer, older, supervisor, "级别")
    grading.set_level(older.reference, actor=supervisor, at=NOON, level="important", reason="老年客户")
    assert merged(newer, older, by=supervisor, second=chief).state == "merged"


def test_whom_a_case_concerns_the_other_concerns_too(older, newer, supervisor, handler, chief):
    VERBS["amend"](newer.reference, actor=chief, at=NOON, named_staff=["handler"], reason="来电补充")
    refused(newer, older, supervisor, "人员")
    VERBS["amend"](older.reference, actor=chief, at=NOON, named_staff=["handler"], reason="来电补充")
    assert merged(newer, older, by=supervisor, second=chief).state == "merged"


def test_more_complainants_are_not_merged_into_fewer(older, newer, supervisor, chief):
    VERBS["amend"](newer.reference, actor=chief, at=NOON, complainants=5, reason="联名投诉")
    refused(newer, older, supervisor, "人数")


def test_what_a_body_outside_passed_on_takes_the_other_one_in(older, newer, supervisor, chief):
    transferring.add_reference(newer.reference, actor=chief, at=NOON, **TRANSFERRED)
    grading.set_level(older.reference, actor=supervisor, at=NOON, level="important", reason="监管关注")
    refused(newer, older, supervisor, "外部机构")
    assert merged(older, newer, by=supervisor, second=chief).state == "merged"


def test_a_day_that_was_agreed_is_kept(older, newer, supervisor, chief):
    agreed = {"until": date(2026, 12, 1), "evidence": "REC-9", "terms": "约定"}
    agreeing.agree(newer.reference, actor=chief, at=NOON, **agreed)
    refused(newer, older, supervisor, "约定")


def test_no_deadline_of_the_law_is_lost(integration, supervisor, handler, lead, branch, chief):
    """In a later round the law has no time: what comes in anew has."""
    checker = person("checker", Role.APPROVER, branch)
    first = told(integration, handler=handler, checker=checker, customer=WHO)
    VERBS["dispute"](first.reference, actor=handler, at=NOON, reason="金额不对")
    again = taken(integration, customer=WHO)
    refused(again, first, supervisor, "法定期限")


def test_a_review_is_handled_by_itself(older, newer, supervisor):
    Case.objects.filter(pk=newer.pk).update(kind="review")
    refused(newer, older, supervisor, "核查")


def test_facts_of_what_was_merged_are_corrected_where_it_is_handled(older, newer, supervisor, chief):
    merged(newer, older, by=supervisor, second=chief)
    with pytest.raises(GateNotMet, match="另一工单"):
        amending.amend(newer.reference, actor=supervisor, at=NOON, amount="5.00", reason="更正")
    receipt = {"received_at": NOON - 3 * DAY, "evidence": "EMS-1", "reason": "邮戳"}
    with pytest.raises(GateNotMet, match="合并"):
        amending.amend(older.reference, actor=supervisor, at=NOON, **receipt)


def test_what_was_merged_goes_no_other_way(older, newer, supervisor, handler, chief):
    merged(newer, older, by=supervisor, second=chief)
    for verb, given in {"chase": {"text": "催"}, "start": {}, "withdraw": {}}.items():
        with pytest.raises(WrongState):
            VERBS[verb](newer.reference, actor=supervisor, at=NOON, **given)


def test_a_chain_is_taken_apart_from_its_end(older, newer, integration, supervisor, chief):
    third = taken(integration, customer=WHO)
    merged(third, newer, by=supervisor, second=chief)
    merged(newer, older, by=supervisor, second=chief)
    with pytest.raises(GateNotMet, match="先拆开"):
        VERBS["unmerge"](third.reference, actor=supervisor, at=NOON, reason="两件事")
