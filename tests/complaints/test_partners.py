"""合作机构 (Art. 10): a case names one, and one is asked through the unit that keeps the relation."""

from datetime import timedelta

import pytest

from complaints.errors import GateNotMet, SecondPerson
from complaints.models import Case, Task
from complaints.services.replaying import retold_otherwise
from complaints.verbs import amending, handling, helping, overseeing, tasking
from organization.models import Partner, Role, Unit, User
from organization.services import create_entity
from sqm_site.errors import Invalid
from tests.cases import CLASSIFIED
from tests.people import NOON, person

DAY = timedelta(days=1)
HELP = {"ask": "请提供扣款指令和客户授权记录"}


@pytest.fixture(autouse=True)
def told_by_its_events(db):
    """Whatever happened in a test, the log tells it."""
    yield
    assert not [*retold_otherwise(Case.objects.all())]


@pytest.fixture
def keeper(other_branch) -> User:
    user = person("keeper", Role.DISPATCHER, other_branch)
    Unit.objects.filter(pk=other_branch.pk).update(receiver=user)
    return user


@pytest.fixture
def insurer(other_branch, keeper) -> Partner:
    place = {"unit": other_branch, "legal_entity": other_branch.legal_entity}
    return Partner.objects.create(code="BX01", name="示例保险公司", kind="insurance", **place)


def test_a_case_names_the_partner_it_is_about_and_the_log_keeps_what_it_was(owned, handler, insurer):
    case = handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED, partner="BX01")
    assert case.partner == insurer
    place = {"unit": insurer.unit, "legal_entity": insurer.legal_entity}
    Partner.objects.create(code="BX02", name="示例科技公司", kind="technology", **place)
    with pytest.raises(GateNotMet, match="更正"):
        amending.amend(owned.reference, actor=handler, at=NOON, partner="BX02")
    case = amending.amend(owned.reference, actor=handler, at=NOON, partner="BX02", reason="客户说明是另一家")
    told = [one.details["case"]["partner_id"] for one in case.events.order_by("sequence") if "partner" in one.details]
    assert told == [insurer.pk, case.partner_id]


def test_one_that_is_not_ours_or_is_given_up_is_none(owned, handler, insurer):
    abroad = create_entity("other", name="示例二行", root="Q1", root_name="示例二行总行")
    place = {"unit": abroad, "legal_entity": abroad.legal_entity}
    Partner.objects.create(code="BX09", name="示例基金公司", kind="fund", **place)
    Partner.objects.filter(pk=insurer.pk).update(active=False)
    for verb, given in ((amending.amend, {}), (tasking.add_task, HELP)):
        for code in ("BX01", "BX09", "nobody"):
            with pytest.raises(Invalid) as refused:
                verb(owned.reference, actor=handler, at=NOON, partner=code, **given)
            assert refused.value.fields["partner"] == ["没有该编号的在用合作机构。"]


def test_it_is_asked_through_the_unit_that_keeps_the_relation(owned, handler, insurer, keeper):
    tasking.add_task(owned.reference, actor=handler, at=NOON, partner="BX01", **HELP)
    task = Task.objects.get()
    assert (task.unit, task.to, task.partner, task.ended_as) == (insurer.unit, keeper, insurer, "")
    helping.answer_task(owned.reference, actor=keeper, at=NOON + DAY, answer="保险公司已回函，附后")
    overseeing.return_task(owned.reference, actor=handler, at=NOON + DAY, reason="缺少授权记录")
    assert [one.partner for one in Task.objects.order_by("number")] == [insurer, insurer]
    with pytest.raises(GateNotMet, match="只填合作机构"):
        tasking.add_task(owned.reference, actor=handler, at=NOON, partner="BX01", unit="SH", **HELP)


def test_whoever_has_the_case_does_not_answer_for_the_partner(owned, handler, branch, insurer):
    Partner.objects.filter(pk=insurer.pk).update(unit=branch)
    tasking.add_task(owned.reference, actor=handler, at=NOON, partner="BX01", **HELP)
    with pytest.raises(SecondPerson):
        helping.answer_task(owned.reference, actor=handler, at=NOON, answer="已答复")


def test_the_page_of_the_case_and_the_api_say_who_it_is(owned, handler, insurer, client):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED, partner="BX01")
    tasking.add_task(owned.reference, actor=handler, at=NOON, partner="BX01", **HELP)
    client.force_login(handler)
    assert client.get(f"/desk/cases/{owned.reference}/").content.decode().count("示例保险公司") >= 2
    shown = client.get(f"/api/v1/cases/{owned.reference}/").json()
    assert (shown["partner"], shown["tasks"][0]["partner"]) == ("BX01", "BX01")
    form = client.get(f"/desk/cases/{owned.reference}/add_task/", headers={"HX-Request": "true"}).content.decode()
    assert "示例保险公司" in form
