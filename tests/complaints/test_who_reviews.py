"""Who reviews and who does not, what is decided, and what the pages of both cases show."""

# ruff: noqa: F811  the fixtures of the same cases
from typing import Any

import pytest
from django.urls import reverse

from complaints.errors import SecondPerson
from complaints.models import Case
from complaints.services import recusal
from complaints.verb import ANSWERED_FOR_IT, Verb, working
from complaints.verbs import (
    allowed_verbs,
    answering,
    deciding,
    ownership,
    reviewing,
)
from organization.models import Role, Unit, User
from organization.services import create_unit
from sqm_site.errors import DomainError, Invalid
from tests.cases import CONCLUDED, TOLD
from tests.complaints.test_reviewing import (
    CHANGED,
    HOUR,
    chief_of,
    concluded,
    day,
    decision,  # noqa: F401
    drafted,
    fresh,
    refused,
    review,  # noqa: F401
    superior,  # noqa: F401
)
from tests.people import NOON, hold


class TestWhoReviews:
    def test_nobody_who_had_a_part_in_it(self, decision, review, handler, lead, institution, superior):
        assert {handler.pk, lead.pk} <= set(review.barred)
        for somebody in (handler, lead):
            hold(somebody, Role.HANDLER, institution)
            somebody.read_rights = None
            with pytest.raises(DomainError):
                ownership.take_next(review.reference, actor=somebody, at=NOON + HOUR)
            nowhere(review, by=chief_of(institution), words="回避", to=somebody.username)

    def test_who_had_a_part_does_not_check_it(self, decision, review, lead, institution, superior):
        hold(lead, Role.APPROVER, institution)
        drafted(review, by=superior["reviewer"])
        with pytest.raises(DomainError):
            deciding.approve_decision(review.reference, actor=User.objects.get(pk=lead.pk), at=NOON + HOUR)

    def test_nor_is_one_let_in_where_somebody_lacks(self, review, handler, institution):
        hold(handler, Role.SUPERVISOR, institution)
        assert handler.pk in review.barred
        assert handler not in recusal.could_be_let_in(review, NOON)

    def test_it_stays_so_when_roles_change(self, review, handler):
        assert recusal.concerned(review, at=day(1)) == review.barred
        assert handler.pk in review.barred

    def test_the_checks_are_those_of_the_verbs(self):
        assert ANSWERED_FOR_IT | working() | {"approve_decision", "return_decision"} == recusal.HAD_PART

    def test_no_unit_below_gets_it(self, review, branch, other_branch, outsider, institution, superior):
        """Who handled the case reviews it by having it handed down."""
        chief = chief_of(institution)
        for unit in (branch, other_branch):
            nowhere(review, by=chief, words="上级机构", unit=unit.code)
        nowhere(review, by=chief, words="上级机构", unit=institution.code, to="outsider")
        ownership.take_next(review.reference, actor=superior["reviewer"], at=NOON + HOUR)
        nowhere(review, by=superior["reviewer"], words="上级机构", verb=ownership.transfer, unit="SH", reason="请办")

    def test_a_department_of_the_superior_institution_may_have_it(self, review, institution):
        department = create_unit("XB", name="消保部", kind=Unit.Kind.DEPARTMENT, parent=institution)
        case = ownership.assign(review.reference, actor=chief_of(institution), at=NOON + HOUR, unit=department.code)
        assert case.offered_unit == department

    def test_who_drafted_it_does_not_check_it(self, review, superior):
        drafted(review, by=superior["reviewer"])
        with pytest.raises(SecondPerson):
            deciding.approve_decision(review.reference, actor=superior["reviewer"], at=NOON + HOUR)


def nowhere(review: Case, *, by: User, words: str, verb: Verb = ownership.assign, **given: Any) -> None:
    """It is not offered there, and the field that named the place says why."""
    with pytest.raises(Invalid) as refusal:
        verb(review.reference, actor=by, at=NOON + HOUR, **given)
    assert words in str(refusal.value.fields)
    assert fresh(review).offered_to is None


class TestWhatItDecides:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"on_result": "flawed"}, "结果不当"),
            ({"conclusion": "changed"}, "存在问题"),
            ({"conclusion": "sent_back"}, "存在问题"),
        ],
    )
    def test_what_was_found_and_what_follows_agree(self, review, superior, given, words):
        refused(lambda: drafted(review, by=superior["reviewer"], **CONCLUDED | given), words)

    def test_a_process_that_was_not_in_order_leaves_a_right_result_standing(self, review, superior):
        case = concluded(review, superior, **CONCLUDED | {"on_process": "flawed"})
        assert case.decisions.get().on_process == "flawed"

    def test_a_review_is_decided_by_no_other_verb(self, review, superior):
        reviewer = superior["reviewer"]
        ownership.take_next(review.reference, actor=reviewer, at=NOON + HOUR)
        for name in ("draft_decision", "settle", "reclassify"):
            assert name not in allowed_verbs(fresh(review), reviewer, NOON + HOUR)[0]
        assert "decide_review" in allowed_verbs(fresh(review), reviewer, NOON + HOUR)[0]

    def test_no_other_case_is_decided_so(self, owned, handler):
        assert "decide_review" not in allowed_verbs(owned, handler, NOON)[0]

    def test_returned_it_is_drafted_anew_and_the_last_one_counts(self, decision, review, superior):
        drafted(review, by=superior["reviewer"], **CHANGED)
        deciding.return_decision(review.reference, actor=superior["second"], at=NOON + HOUR, reason="依据不足")
        reviewing.decide_review(review.reference, actor=superior["reviewer"], at=NOON + HOUR, **CONCLUDED)
        deciding.approve_decision(review.reference, actor=superior["second"], at=NOON + HOUR)
        answering.notify(review.reference, actor=superior["reviewer"], at=NOON + HOUR, **TOLD)
        assert fresh(decision).round == 1


class TestPages:
    def test_each_leads_to_the_other_for_whoever_reaches_both(
        self, decision, review, superior, handler, supervisor, client
    ):
        client.force_login(chief_of(review.handling_unit))
        here, there = (client.get(reverse("desk:case", args=[one.reference])) for one in (decision, review))
        assert review.reference in here.content.decode() and decision.reference in there.content.decode()
        client.force_login(supervisor)  # of the unit that is reviewed, and passed the application on
        assert client.get(reverse("desk:case", args=[review.reference])).status_code == 404
        client.force_login(handler)
        page = client.get(reverse("desk:case", args=[decision.reference])).content.decode()
        assert review.reference not in page and "上级机构正在或已经核查" in page
        assert client.get(reverse("desk:case", args=[review.reference])).status_code == 404

    def test_the_checker_reads_what_was_examined(self, review, superior, client):
        drafted(review, by=superior["reviewer"], **CHANGED)
        client.force_login(superior["second"])
        page = client.get(reverse("desk:case", args=[review.reference])).content.decode()
        for words in ("变更原处理决定", "处理程序: 无不当", "处理结果: 不当", "核查"):
            assert words in page

    def test_the_dialogs_ask_what_the_law_wants(self, decision, review, superior, supervisor, client):
        client.force_login(supervisor)
        page = client.get(reverse("desk:verb", args=[decision.reference, "request_review"])).content.decode()
        assert "已申请过核查" in page
        ownership.take_next(review.reference, actor=superior["reviewer"], at=NOON + HOUR)
        client.force_login(superior["reviewer"])
        page = client.get(reverse("desk:verb", args=[review.reference, "decide_review"])).content.decode()
        assert all(words in page for words in ("核查结论", "处理程序", "处理时限", "处理结果", "发回重新处理"))
