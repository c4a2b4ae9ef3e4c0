"""涉及本单位: whoever leads a unit sees in part what others handle about it, and objects where it is held to answer."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.concerned import concerning
from complaints.errors import NotAllowed
from complaints.models import Case, Liability
from complaints.verbs import handling, ruling
from feedback.models import Notice
from organization.models import ApiClient, Role, Unit, User
from organization.services import create_entity, create_unit
from security import reads
from security.models import AuditRow
from sqm_site.errors import NotFound
from tests.cases import content, told
from tests.people import NOON, person
from tests.plans import reads_of, rows_of

LIST = "/desk/concerned/"
NOW = timezone.now


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="organization.backends.RoleBackend")
    return client


def page_of(case: Case) -> str:
    return reverse("desk:concerned-case", args=[case.reference])


def about(case: Case, unit: Unit) -> Case:
    Case.objects.filter(pk=case.pk).update(complained_unit=unit)
    return Case.objects.get(pk=case.pk)


def rule(case: Case, *, by: User, unit: str = "BJ") -> Case:
    given = {"result": "LIABLE", "responsible_unit": unit, "measure": "TRAINING", "basis": "未按流程核对凭证"}
    return ruling.rule_liability(case.reference, actor=by, at=NOW(), **given)


@pytest.fixture
def chief(other_branch) -> User:
    """Leads the unit that the case is about."""
    user = person("bj.head", Role.UNIT_HEAD, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(head=user)
    return user


@pytest.fixture
def guardian(institution) -> User:
    return person("guardian", Role.CONSUMER_PROTECTION, institution)


@pytest.fixture
def elsewhere(owned, other_branch) -> Case:
    """Handled in one branch, about another one."""
    return about(owned, other_branch)


@pytest.fixture
def ruled(integration: ApiClient, handler, lead, colleague, guardian, chief, other_branch) -> Case:
    case = about(told(integration, handler=handler, checker=lead), other_branch)
    return rule(content(case, caller=colleague), by=guardian)


def test_the_list_shows_what_is_handled_elsewhere_and_not_who_complains(elsewhere, chief, supervisor, integration):
    page = signed_in(chief).get(LIST).content.decode()
    assert elsewhere.reference in page and "上海分行" in page
    assert elsewhere.customer.name_masked not in page
    assert elsewhere.reference not in signed_in(supervisor).get(LIST).content.decode()  # they handle it


def test_one_case_shows_what_it_is_about_and_neither_who_complains_nor_what_was_written(elsewhere, chief, handler):
    handling.note(elsewhere.reference, actor=handler, at=NOON, text="柜员说法前后不一")
    page = signed_in(chief).get(page_of(elsewhere)).content.decode()
    assert elsewhere.subject in page and "北京分行" in page
    for hidden in (elsewhere.customer.name_masked, "柜员说法前后不一", "13800138000", "核实结果"):
        assert hidden not in page
    reads.record_openings()
    assert AuditRow.objects.filter(verb="read", actor=chief, subject=f"case:{elsewhere.reference}").exists()


def test_the_address_of_the_case_leads_there(elsewhere, chief):
    answer = signed_in(chief).get(reverse("desk:case", args=[elsewhere.reference]))
    assert (answer.status_code, answer["Location"]) == (302, page_of(elsewhere))


def test_what_was_found_stands_there_once_the_customer_was_told(ruled, chief):
    page = signed_in(chief).get(page_of(ruled)).content.decode()
    assert "核实结果" in page and "未按流程核对凭证" in page


def nobody_else(elsewhere: Case, *people: User) -> None:
    for user in people:
        client = signed_in(user)
        assert elsewhere.reference not in client.get(LIST).content.decode(), user
        assert client.get(page_of(elsewhere)).status_code in {403, 404}, user
        assert not Case.objects.filter(concerning(user)).exists(), user


def test_only_who_leads_the_unit_and_is_not_concerned_sees_it(elsewhere, chief, other_branch, branch):
    beside = create_unit("GZ", name="广州分行", kind=Unit.Kind.BRANCH, parent=branch.parent)
    seats = [(Role.HANDLER, other_branch), (Role.DISPATCHER, other_branch), (Role.UNIT_HEAD, beside)]
    nobody_else(elsewhere, *(person(f"p{number}", *seat) for number, seat in enumerate(seats)))
    Case.objects.filter(pk=elsewhere.pk).update(barred=[chief.pk])
    nobody_else(elsewhere, chief)


def test_a_unit_below_is_ones_own_too(elsewhere, chief, other_branch):
    below = create_unit("BJ1", name="北京一支行", kind=Unit.Kind.SUB_BRANCH, parent=other_branch)
    about(elsewhere, below)
    assert elsewhere.reference in signed_in(chief).get(LIST).content.decode()


def test_a_tip_off_concerns_nobody(elsewhere, chief):
    Case.objects.filter(pk=elsewhere.pk).update(nature="tip_off")
    nobody_else(elsewhere, chief)


def test_nothing_of_another_legal_entity(elsewhere, other_branch):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一总部")
    stranger = person("stranger", Role.UNIT_HEAD, create_unit("OB", name="另一分行", kind="branch", parent=abroad))
    nobody_else(elsewhere, stranger)


def test_the_head_of_the_unit_that_answers_for_it_hears_of_the_ruling_and_objects(ruled, chief, guardian):
    assert Notice.objects.filter(kind="liability_ruled", to_user=chief, channel="in_app").count() == 1
    client = signed_in(chief)
    sent = {"verb": "appeal_liability", "version": ruled.version, "reason": "凭证由总行集中审核"}
    assert client.post(page_of(ruled), sent).status_code == 302
    assert Liability.objects.get().appealed_by == chief
    assert "凭证由总行集中审核" not in client.get(LIST).content.decode()
    assert client.post(page_of(ruled), sent | {"version": ruled.version + 1}).status_code == 422  # once


def test_a_unit_that_answers_for_nothing_does_not_object(ruled, chief, guardian, branch, handler):
    beside = create_unit("GZ", name="广州分行", kind=Unit.Kind.BRANCH, parent=branch.parent)
    with pytest.raises(NotFound):
        ruling.appeal_liability(ruled.reference, actor=person("gz", Role.UNIT_HEAD, beside), at=NOW(), reason="不服")
    about(ruled, beside)  # complained of, and not held to answer
    with pytest.raises(NotAllowed):
        ruling.appeal_liability(ruled.reference, actor=person("gz2", Role.UNIT_HEAD, beside), at=NOW(), reason="不服")
    ruling.appeal_liability(ruled.reference, actor=handler, at=NOW(), reason="系统参数所致")  # who handled it still may


@pytest.mark.parametrize("sent", [{}, {"verb": "note", "text": "改"}, {"verb": "settle"}])
def test_nothing_else_is_done_there(elsewhere, chief, sent):
    assert signed_in(chief).post(page_of(elsewhere), sent).status_code == 400
    assert Case.objects.get(pk=elsewhere.pk).event_count == elsewhere.event_count


def test_each_unit_is_read_by_itself(elsewhere, chief, other_branch):
    for number in range(3):
        create_unit(f"BJ{number}", name=f"北京{number}支行", kind=Unit.Kind.SUB_BRANCH, parent=other_branch)
    with reads_of("complaints_case") as statements:
        signed_in(chief).get(LIST, {"which": "all"})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    _rows, indexes = rows_of([sql for sql in statements if "CROSS JOIN LATERAL" in sql], "complaints_case")
    assert indexes >= {"case_complained_unit", "case_responsible_unit"}  # and what few rows make as cheap
