"""The handler's day in a browser: take, work, have checked, tell, close; and settle in one form."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, State
from complaints.verbs import escalation
from tests.cases import CALLED, CLASSIFIED, DECIDED, taken

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = {"method": "PHONE", "evidence": "REC-1", "text": "已告知处理结果。"}


@pytest.fixture
def waiting(integration, handler) -> Case:
    """A case of today in the handler's queue."""
    return taken(integration, at=timezone.now())


def test_a_case_goes_round_from_the_queue_to_filed(desk, waiting, lead):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url(f"**/desk/cases/{waiting.reference}/")
    handler.page.keyboard.press("r")  # the next step is to acknowledge
    handler.page.wait_for_selector("dialog#cf-drawer[open]")
    handler.fills(text="您好，您的投诉我们已受理。")
    handler.page.keyboard.press("Control+Enter")
    handler.page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")
    handler.does("classify", **CLASSIFIED)
    handler.does("draft_decision", **DECIDED)
    assert Case.objects.get().state == State.PENDING_APPROVAL

    checker = desk("lead")
    checker.open("/desk/?tab=check")
    checker.page.click("[data-row] a[data-open]")
    checker.does("approve_decision", remark="同意")

    handler.page.reload()
    handler.does("notify", **TOLD)
    # told by telephone, nobody has asked the customer yet: a colleague without a part in the work does
    checker.page.reload()
    checker.does("follow_up", **CALLED, satisfaction="satisfied")
    handler.page.reload()
    handler.does("close", root_cause="R07")
    case = Case.objects.get()
    assert (case.state, case.owner.username) == (State.CLOSED, "handler")
    expect(handler.page.locator(".cf-head")).to_contain_text("已结案")


def test_a_simple_case_is_settled_in_one_form(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    handler.does("settle", **CLASSIFIED, **TOLD, finding="SUBSTANTIATED", demand_met="MET", satisfaction="satisfied")
    case = Case.objects.get()
    assert (case.state, case.current_round.settled) == (State.NOTIFIED, True)


def test_a_reply_is_sent_by_control_enter_and_by_nothing_less(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    handler.page.keyboard.press("e")
    handler.page.keyboard.type("正在核实")
    handler.page.keyboard.press("Enter")
    handler.page.keyboard.type("r 请稍候")
    assert not handler.page.locator("dialog#cf-drawer[open]").count()
    assert Case.objects.get().replied_at is None
    handler.page.keyboard.press("Control+Enter")
    expect(handler.page.locator(".cf-ours .cf-text")).to_have_text("正在核实\nr 请稍候")
    expect(handler.page.locator("#reply-text")).to_have_value("")
    assert Case.objects.get().replied_at


def test_a_draft_survives_a_reload_and_goes_when_it_is_sent(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    handler.page.keyboard.press("i")
    handler.page.keyboard.type("写了一半的记录")
    handler.page.reload()
    handler.page.keyboard.press("i")
    expect(handler.page.locator("#note-text")).to_have_value("写了一半的记录")
    handler.page.keyboard.press("Control+Enter")
    expect(handler.page.locator(".cf-note .cf-text")).to_have_text("写了一半的记录")
    handler.page.reload()
    expect(handler.page.locator("#note-text")).to_have_value("")


def test_a_draft_is_nobody_elses_when_a_session_ends_by_time(desk, waiting, lead):
    """B33: what was written of a customer stayed on the machine, and stood in the box of whoever sat down next."""
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    address = handler.page.url
    handler.page.keyboard.press("i")
    handler.page.keyboard.type("客户的私事")
    for name, found in [("handler", "客户的私事"), ("lead", ""), ("handler", "")]:
        handler.page.context.clear_cookies()
        handler.log_in(name)
        handler.page.goto(address)
        expect(handler.page.locator("#note-text")).to_have_value(found)
        assert ("客户的私事" in handler.page.evaluate("JSON.stringify(localStorage)")) is bool(found)


def test_what_happened_meanwhile_is_shown_before_a_reply_goes_out(desk, waiting, handler):
    person = desk("handler")
    person.page.keyboard.press("n")
    person.page.wait_for_url("**/desk/cases/**")
    escalation.chase(waiting.reference, actor=handler, text="客户再次来电催办")
    person.page.keyboard.press("e")
    person.page.keyboard.type("我们还在核实")
    person.page.keyboard.press("Control+Enter")
    drawer = person.page.locator("dialog#cf-drawer[open]")
    expect(drawer.locator("[role=alert]")).to_be_visible()
    expect(drawer.locator("textarea")).to_have_value("我们还在核实")
    expect(person.page.locator("#cf-timeline")).to_contain_text("客户再次来电催办")
    drawer.locator(".cf-btn-main").click()
    expect(person.page.locator("#cf-timeline")).to_contain_text("我们还在核实")


def test_the_composer_unfolds_and_changes_its_tab_by_mouse(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    for name in ("note", "log_contact", "reply"):
        handler.page.click(f"#cf-composer [data-shows={name}]")
        expect(handler.page.locator(f"#cf-composer [data-panel={name}]")).to_be_visible()
        expect(handler.page.locator(f"#cf-composer [data-panel={name}] .cf-btn-main")).to_be_visible()


def test_a_call_is_registered_and_settled_in_one_form(desk, handler):
    person = desk("handler")
    person.page.keyboard.press("c")
    person.page.wait_for_url("**/desk/register/")
    person.page.fill("#register-phone", "13800138000")
    person.page.fill("#register-words", "短信费多扣了两元，请退回。")
    for name in ("business_channel", "category", "reason"):
        person.page.select_option(f"#settle-{name}", CLASSIFIED[name])
    for name, value in {"finding": "SUBSTANTIATED", "demand_met": "MET", "satisfaction": "satisfied"}.items():
        person.page.check(f'[name="{name}"][value="{value}"]')
    person.page.fill("#settle-evidence", "REC-9")
    person.page.fill("#settle-text", "已当场退回。")
    person.page.click("button[name=settle]")
    person.page.wait_for_url("**/desk/cases/**")
    case = Case.objects.get()
    assert (case.state, case.current_round.settled, case.owner) == (State.NOTIFIED, True, handler)


def test_a_refused_form_stays_open_and_says_what_is_missing(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    handler.opens("transfer")
    handler.fills(reason="不属于本团队职责")
    handler.page.click("#cf-drawer .cf-btn-main")
    expect(handler.page.locator("#cf-drawer .cf-error")).to_be_visible()
    handler.page.keyboard.press("Escape")
    expect(handler.page.locator("dialog#cf-drawer[open]")).to_have_count(0)


def test_a_lost_session_loses_no_text(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    handler.page.context.clear_cookies(name="sessionid")
    handler.page.keyboard.press("i")
    handler.page.keyboard.type("不能丢的记录")
    handler.page.keyboard.press("Control+Enter")
    handler.page.wait_for_selector("#cf-signin[open]")
    expect(handler.page.locator("#note-text")).to_have_value("不能丢的记录")


def test_the_dialog_keeps_the_keyboard_and_gives_it_back(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    trigger = handler.page.locator('.cf-acts button[hx-get$="/classify/"]')
    trigger.focus()
    handler.page.keyboard.press("Enter")
    handler.page.wait_for_selector("dialog#cf-drawer[open]")
    inside = "document.activeElement === document.body || document.activeElement.closest('#cf-drawer') !== null"
    for _press in range(14):
        handler.page.keyboard.press("Tab")
        assert handler.page.evaluate(inside)
    handler.page.keyboard.press("Escape")
    expect(trigger).to_be_focused()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_nothing_sticks_out_of_the_screen(desk, waiting, size):
    person = desk("handler", viewport={"width": size[0], "height": size[1]})
    person.page.click("[data-hotkey=n]")
    person.page.wait_for_url("**/desk/cases/**")
    for path in ("/desk/", "/desk/?tab=all", "/desk/cases/", "/desk/notices/", f"/desk/cases/{waiting.reference}/"):
        person.open(path)
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_everything_that_listens_to_clicks_can_be_reached_by_tab(desk, waiting):
    handler = desk("handler")
    unreachable = handler.page.evaluate(
        """[...document.querySelectorAll("[x-on\\\\:click]")]
           .filter(one => one.offsetParent && one.tabIndex < 0).map(one => one.outerHTML.slice(0, 80))"""
    )
    assert unreachable == []
    handler.page.keyboard.press("Tab")
    expect(handler.page.locator(".cf-skip")).to_be_focused()


def test_a_deadline_that_passes_turns_red_without_a_reload(desk, waiting):
    handler = desk("handler")
    handler.page.clock.install(time=timezone.now())
    handler.open("/desk/?tab=team")
    badge = handler.page.locator("[data-row] .cf-sla")
    expect(badge).to_have_class(re.compile("cf-sla-(ok|risk)"))
    handler.page.clock.fast_forward(200 * 3600 * 1000)  # milliseconds
    expect(badge).to_have_class(re.compile("cf-sla-late"))
    expect(badge).to_contain_text("逾期")
