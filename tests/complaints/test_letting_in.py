"""豁免回避: where nobody else may act, somebody whom a case concerns is let in: by two whom it does not concern."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints.dossier import Dossier
from complaints.errors import GateNotMet, SecondPerson
from complaints.models import Approval, Case, Recheck
from complaints.services.rechecking import alarm, keep_people
from complaints.services.recusal import could_be_let_in
from complaints.services.replaying import differences
from complaints.verbs import amending, approving, deciding, handling, ownership, recusal
from feedback.models import Notice
from organization.models import Role, Unit, User
from sqm_site.errors import NotFound
from tests.cases import CLASSIFIED, DECIDED, grant, taken
from tests.people import NOON, absent, person

DAY = timedelta(days=1)
WHY = {"reason": "上级行投诉岗空缺，消保部门无人在岗"}


@pytest.fixture
def above(institution) -> User:
    return person("above", Role.SUPERVISOR, institution)


@pytest.fixture
def head(institution) -> User:
    return person("head", Role.UNIT_HEAD, institution)


def swept(at=None) -> None:
    keep_people(at=at or max(timezone.now(), NOON) + timedelta(hours=1))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def stranded(integration, handler, colleague, lead, receiver, above, head, branch) -> Case:
    """About the conduct of the branch: its people are barred, and nobody above holds a post."""
    case = taken(integration, reason="C01")
    amending.amend(case.reference, actor=above, at=NOON, reason="客户所述网点", complained_unit=branch.code)
    swept()
    case = fresh(case)
    assert receiver.pk in case.barred and alarm() == f"nobody may handle: {case.reference}"
    return case


def asked(case: Case, by: User, colleague: str = "lead") -> Case:
    return recusal.let_in(case.reference, actor=by, at=NOON, colleague=colleague, **WHY)


def test_one_asks_another_grants_and_the_third_works_on_this_case_alone(stranded, above, head, lead, integration):
    """R14: recusal had no override, so a case that concerned everybody present lay there until the law was broken."""
    asked(stranded, above)
    with pytest.raises(NotFound):
        ownership.start(stranded.reference, actor=lead, at=NOON)
    grant(stranded, by=head)
    case = fresh(stranded)
    assert lead.pk not in case.barred and case.admitted == [lead.pk]
    ownership.assign(case.reference, actor=above, at=NOON, to="lead")
    assert ownership.accept(case.reference, actor=lead, at=NOON).owner == lead
    assert [*differences(fresh(case))] == []
    other = taken(integration, reason="C01")
    amending.amend(other.reference, actor=above, at=NOON, reason="客户所述网点", complained_unit="SH")
    assert lead.pk in fresh(other).barred


def test_the_log_says_who_was_let_in_by_whom_and_why(stranded, above, head, lead):
    asked(stranded, above)
    grant(stranded, by=head)
    event = stranded.events.get(verb="let_in")
    assert (event.actor, event.details["person"]) == (head, lead.pk)
    assert event.details["case"]["admitted"] == [lead.pk]
    said = stranded.texts.filter(event_sequence=event.sequence)
    assert dict(said.values_list("kind", "text")) == {"colleague": "lead", **WHY}
    assert (approval := Approval.objects.get()).asked_by == above and approval.decided_by == head
    assert Notice.objects.filter(kind="let_in", to_user=lead, about=stranded.reference).exists()


def test_the_case_falls_to_the_post_whose_holder_was_let_in(stranded, above, head, receiver):
    asked(stranded, above, "receiver")
    grant(stranded, by=head)
    swept()
    assert fresh(stranded).owner == receiver
    assert alarm() == "ready"


def test_whoever_is_barred_asks_and_grants_nothing(stranded, above, lead, head):
    """What concerns them they do not see: they let neither themselves in nor each other."""
    with pytest.raises(NotFound):
        asked(stranded, lead)
    asked(stranded, above)
    with pytest.raises(NotFound):
        grant(stranded, by=lead)


def test_who_asks_does_not_grant(stranded, above):
    asked(stranded, above)
    with pytest.raises(SecondPerson):
        grant(stranded, by=above)


def test_whom_the_complaint_names_stays_out(stranded, above, head, lead):
    amending.amend(stranded.reference, actor=above, at=NOON, reason="客户指认", named_staff=["colleague"])
    for named in ("colleague", "above", "nobody"):
        with pytest.raises(GateNotMet, match="handler, lead, receiver"):
            asked(stranded, above, named)


def test_a_name_that_means_them_bars_them_again(stranded, above, head, lead):
    asked(stranded, above)
    grant(stranded, by=head)
    amending.amend(stranded.reference, actor=above, at=NOON, reason="客户指认", named_staff=["lead"])
    assert lead.pk in fresh(stranded).barred
    assert [*differences(fresh(stranded))] == []


def test_classifying_anew_takes_nothing_back(stranded, above, head, lead):
    asked(stranded, above)
    grant(stranded, by=head)
    handling.classify(stranded.reference, actor=above, at=NOON, **CLASSIFIED | {"reason": "C04"})
    assert lead.pk not in fresh(stranded).barred


def test_where_others_may_act_nobody_is_let_in(stranded, above, head, institution):
    """Asked for while nobody was there: once somebody is, the grant lets nobody in."""
    asked(stranded, above)
    person("protection", Role.CONSUMER_PROTECTION, institution)
    swept()
    swept(timezone.now() + DAY)
    assert alarm() == "ready"
    with pytest.raises(GateNotMet, match="现有其他人员"):
        grant(stranded, by=head)
    with pytest.raises(GateNotMet):
        asked(stranded, above)
    assert fresh(stranded).admitted == []


def test_a_plain_complaint_needs_no_query_to_say_no(case, supervisor, django_assert_num_queries):
    with django_assert_num_queries(0):
        missing = [*recusal.nobody_else_can(Dossier(case, NOON), actor=supervisor, at=NOON, given={})]
    assert len(missing) == 1


def test_where_nobody_may_check_a_checker_is_let_in(integration, handler, lead, above, head, institution, branch):
    """A draft that concerns everybody who could check it, by a handler who is not concerned."""
    outside = person("outside", Role.HANDLER, institution)
    case = taken(integration)
    Case.objects.filter(pk=case.pk).update(owner=outside, handling_unit=institution, state="in_progress")
    handling.classify(case.reference, actor=above, at=NOON, **CLASSIFIED | {"reason": "C01"})
    deciding.draft_decision(case.reference, actor=outside, at=NOON, **DECIDED)
    for one in (above, head):
        absent(one, until=timezone.now() + 9 * DAY)
    Recheck.objects.update_or_create(case_id=case.pk, defaults={"due_at": NOON})
    swept()
    assert alarm() == f"nobody may check: {case.reference}"
    asked(case, outside)
    approving.decide_approval(case.reference, actor=head, at=NOON, grant=True)
    assert lead.pk in fresh(case).admitted and lead.pk not in fresh(case).barred


def test_the_desk_offers_whom_it_may_be(stranded, above, handler, client):
    client.force_login(above, "organization.backends.RoleBackend")
    page = client.get(reverse("desk:verb", args=[stranded.reference, "let_in"]))
    fields = {one.name: one for one in page.context["controls"]}
    assert [name for name, _shown in fields["colleague"].suggestions] == ["colleague", "handler", "lead", "receiver"]
    assert "准予参与的同事" in page.content.decode()
    absent(handler, until=timezone.now() + DAY)
    sent = {"colleague": "handler", **WHY}
    assert client.post(reverse("desk:verb", args=[stranded.reference, "let_in"]), sent).status_code == 422
    address = f"/api/v1/cases/{stranded.reference}/let_in/"
    answer = client.post(address, {"colleague": "lead", **WHY}, content_type="application/json")
    assert answer.status_code == 200 and "let_in" in answer.json()["why_not"]
    assert Unit.objects.get(code="SH") == stranded.complained_unit


def test_who_could_be_let_in_is_one_question_however_many_it_concerns(stranded, branch, django_assert_num_queries):
    """Everybody of a branch is barred when it is about the branch."""
    for number in range(12):
        person(f"clerk{number}", Role.HANDLER, branch)
    person("reads", Role.QUALITY_ANALYST, branch)
    case = fresh(stranded)
    case.barred = [*User.objects.filter(memberships__unit=branch).values_list("pk", flat=True)]
    with django_assert_num_queries(1):
        people = could_be_let_in(case, NOON)
    assert len(people) >= 12 and "reads" not in {one.username for one in people}
