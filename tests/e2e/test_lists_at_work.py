"""Lists that are worked through: who wrote comes first, from check to check, several cases given away in one act."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, State
from complaints.services.taking import take_next
from complaints.verbs import answering, closing, deciding, handling
from tests.cases import CLASSIFIED, DECIDED, TOLD, taken

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def drafted(integration, handler, *, at, **words: str) -> Case:
    case = taken(integration, at=at)
    case = take_next(actor=handler, at=at)
    handling.classify(case.reference, actor=handler, at=at, **CLASSIFIED)
    return deciding.draft_decision(case.reference, actor=handler, at=at, **DECIDED | words)


def test_whose_customer_wrote_stands_first_and_an_open_page_notices_the_next_message(desk, integration, handler):
    """D23 D23b"""
    now = timezone.now()
    for number in range(3):
        taken(integration, at=now - number * MINUTE)
        take_next(actor=handler, at=now)
    last = Case.objects.order_by("next_due_at", "pk").last()
    taken(integration, at=now, case=last.reference, text="材料已发。")
    person = desk("handler")
    person.page.clock.install()
    person.open("/desk/")
    first = person.page.locator("[data-row]").first
    expect(first).to_contain_text(last.reference)
    expect(first).to_contain_text("客户新消息")
    first.locator("a[data-open]").click()
    person.page.wait_for_url(f"**/{last.reference}/")
    taken(integration, at=timezone.now(), case=last.reference, text="还在吗？")
    expect(person.page.locator("text=客户又发来消息")).to_have_count(0)
    person.page.clock.fast_forward(31_000)
    person.page.locator(".cf-info[role=status] a").click()
    expect(person.page.locator("#cf-timeline")).to_contain_text("还在吗？")


def test_from_one_check_to_the_next_with_the_decision_on_top(desk, integration, handler, lead):
    now = timezone.now()
    first = drafted(integration, handler, at=now - 9 * MINUTE)
    deciding.approve_decision(first.reference, actor=lead, at=now - 8 * MINUTE)
    answering.notify(first.reference, actor=handler, at=now - 7 * MINUTE, **TOLD)
    closing.dispute(first.reference, actor=handler, at=now - 6 * MINUTE, reason="金额不对")
    more = {**DECIDED, "outcome": "退回重复扣收的年费，并补偿二百元。"}
    deciding.draft_decision(first.reference, actor=handler, at=now - 5 * MINUTE, **more)
    second = drafted(integration, handler, at=now)
    Case.objects.filter(pk=first.pk).update(next_due_at=now)
    person = desk("lead")
    page = person.page
    person.open("/desk/?tab=check")
    page.click(f'a[href$="{first.reference}/"]')
    page.wait_for_url(f"**/{first.reference}/")
    expect(page.locator(".cf-drafted dd ins")).to_have_text("，并补偿二百元")
    expect(page.locator(".cf-drafted")).to_be_in_viewport()
    page.keyboard.press("r")
    page.wait_for_selector("dialog#cf-drawer[open]")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_url(f"**/{second.reference}/")
    assert Case.objects.get(pk=first.pk).state == State.DECIDED
    expect(page.locator(".cf-drafted")).to_contain_text(DECIDED["outcome"])


def test_several_are_given_away_in_one_act_and_one_is_taken_from_the_list(
    desk, integration, dispatcher, handler, colleague
):
    now = timezone.now()
    for number in range(3):
        taken(integration, at=now - number * MINUTE)
    person = desk("dispatcher")
    page = person.page
    page.click("text=待分派")
    page.wait_for_url("**tab=dispatch")
    expect(page.locator("[data-row]")).to_have_count(3)
    page.locator("[data-row] input[name=case]").nth(0).check()
    page.locator("[data-row] input[name=case]").nth(2).check()
    person.takes("colleague", within=".cf-handover")
    page.click("text=分派勾选的工单")
    expect(page.locator("[role=status] .cf-good")).to_have_count(2)
    expect(page.locator("[data-row]")).to_have_count(1)
    assert set(Case.objects.filter(offered_to=colleague).values_list("state", flat=True)) == {State.ASSIGNED}

    other = desk("handler")
    other.page.click('.cf-tabs a[href$="tab=team"]')
    other.page.click("text=领取本件")
    other.page.wait_for_url("**/desk/cases/**")
    assert Case.objects.get(owner=handler).state == State.IN_PROGRESS


def test_several_get_a_level_in_one_act_and_what_was_refused_is_sent_again(desk, integration, handler, lead):
    now = timezone.now()
    cases = [taken(integration, at=now - number * MINUTE) for number in range(3)]
    person = desk("lead")
    page = person.page
    person.open("/desk/cases/")
    page.check("#cf-bulk [data-all]")
    expect(page.locator("#cf-bulk [data-count]")).to_have_text("3")
    page.select_option("#cf-bulk select[name=verb]", "set_level")
    Case.objects.filter(pk=cases[0].pk).update(version=99)  # somebody works on it meanwhile
    page.get_by_role("button", name="批量办理").click()
    page.check("input[name=level][value=important]")
    page.fill("textarea[name=reason]", "同一产品多人反映")
    page.click("form button.cf-btn-main")
    expect(page.locator("[role=status]")).to_contain_text("2 件")
    expect(page.locator("[role=status]")).to_contain_text("已有变化")
    expect(page.locator("textarea[name=reason]")).to_have_value("同一产品多人反映")
    page.get_by_role("button", name="重新提交").click()
    expect(page.locator("[role=status]")).not_to_contain_text("未办理")
    assert {case.level for case in Case.objects.all()} == {"important"}


def test_the_filters_are_saved_and_opened_again(desk, integration, handler):
    taken(integration)
    person = desk("handler")
    page = person.page
    person.open("/desk/cases/?state=received")
    page.get_by_text("保存当前视图").click()
    page.fill("input[name=name]", "待处理")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator(".cf-views [aria-current=page]")).to_have_text("待处理")
    person.open("/desk/cases/")
    page.get_by_role("link", name="待处理").click()
    page.wait_for_url("**/desk/cases/?state=received")
