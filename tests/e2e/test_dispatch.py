"""A case is sent to a branch, which sends it back twice; then the dispatcher rules, and a lead hands a desk over."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, State
from complaints.services.taking import take_next
from complaints.verbs import escalation
from organization.models import Role, User
from tests.cases import taken
from tests.people import NOON, person

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def post(other_branch) -> User:
    """Holds the complaint post of the other branch."""
    other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
    other_branch.save()
    return other_branch.receiver


def test_a_branch_sends_it_back_twice_and_then_the_dispatcher_rules(desk, integration, receiver, post):
    case = taken(integration, at=timezone.now())
    address = f"/desk/cases/{case.reference}/"
    sender, branch = desk("receiver"), desk("post")
    for refusals in (1, 2):
        sender.open(address)
        sender.does("assign", unit="BJ")
        branch.open("/desk/?tab=offered")
        branch.page.click("[data-row] a[data-open]")
        branch.does("refuse", reason="不属于本行")
        assert Case.objects.get().state == State.RECEIVED
        assert [offer.outcome for offer in Case.objects.get().offers.all()] == ["refused"] * refusals
    sender.open("/desk/notices/")
    expect(sender.page.locator(".cf-table")).to_contain_text("退单")
    sender.open(address)
    sender.does("assign", to="post", reason="经研判归口北京分行")

    branch.open(address)
    branch.page.click(".cf-menu summary")
    branch.page.click(".cf-closed summary")
    expect(branch.page.locator(".cf-closed")).to_contain_text("已退单两次")
    branch.page.keyboard.press("Escape")
    branch.page.click("body")
    branch.page.keyboard.press("r")  # the next step is to sign; it is held back for an undo
    branch.page.get_by_role("button", name="立即执行").click()
    expect(branch.page.locator(".cf-head")).to_contain_text("办理中")
    assert Case.objects.get().owner == post
    branch.page.click(".cf-fold summary")
    expect(branch.page.locator(".cf-stays")).to_contain_text("至今")
    expect(branch.page.locator(".cf-stays")).to_contain_text("北京分行")


def test_a_lead_chases_answers_and_hands_over_from_the_lists(desk, integration, handler, colleague, lead):
    taken(integration)
    case = take_next(actor=handler, at=NOON)
    escalation.escalate(case.reference, actor=handler, reason="客户情绪激动", at=NOON)
    lying = taken(integration)  # since Monday noon
    there = desk("lead", viewport=PHONE)
    for path in ("/desk/?tab=unsigned", "/desk/?tab=escalated", "/desk/team/", "/desk/team/handler/"):
        there.open(path)
        assert there.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    there.open("/desk/?tab=unsigned")
    there.page.click(".cf-do form button")
    expect(there.page.locator("body")).to_contain_text("“催办”已完成")
    assert Case.objects.get(chased_at__isnull=False) == lying
    there.open("/desk/?tab=escalated")
    there.page.fill("[name=plan]", "今日会商，明日答复")
    there.page.click(".cf-plan button")
    expect(there.page.locator("body")).to_contain_text("“确认上报”已完成")
    assert case.escalations.get().acknowledged_at is not None
    there.open("/desk/team/handler/")
    there.takes("colleague", within=".cf-handover")
    there.page.fill("[name=reason]", "休假交接")
    there.page.click("[value=all]")
    expect(there.page.locator("[role=status]")).to_contain_text("待签收")
    assert Case.objects.get(offered_to=colleague) == case
