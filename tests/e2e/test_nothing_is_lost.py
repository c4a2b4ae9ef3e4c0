"""What is half filled in stays: over a lost session, a press beside the dialog, a key too early, a page left."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, CaseText, State
from complaints.verbs import handling
from tests.cases import CLASSIFIED, DECIDED, taken

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def at_case(desk, integration, handler):
    taken(integration, at=timezone.now())
    person = desk("handler")
    person.page.keyboard.press("n")
    person.page.wait_for_url("**/desk/cases/**")
    return person


def sign_in(page) -> None:
    page.wait_for_selector("#cf-signin[open]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_who_is_signed_out_while_typing_signs_in_on_the_page(at_case):
    """D7: the advice to sign in again in another tab ended in an error 403 for ever."""
    page = at_case.page
    page.keyboard.press("i")
    page.keyboard.type("不能丢的记录")
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#cf-signin[open]")
    page.keyboard.type("wrong word")
    page.keyboard.press("Enter")
    expect(page.locator("#cf-signin [role=alert]")).to_have_text("密码不正确。")
    page.fill("#cf-signin-word", "")
    sign_in(page)
    expect(page.locator(".cf-note .cf-text")).to_have_text("不能丢的记录")
    page.keyboard.press("i")
    page.keyboard.type("第二条")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cf-note .cf-text")).to_have_count(2)


def test_a_dialog_goes_on_after_signing_in(at_case):
    page = at_case.page
    at_case.opens("set_level")
    at_case.fills(level="major", reason="涉及多人")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    sign_in(page)
    expect(page.locator("dialog#cf-drawer[open]")).to_have_count(0)
    assert Case.objects.get().level == "major"


def test_a_decision_goes_on_after_signing_in(at_case, handler):
    """D4 D7: the longest dialog, signed out in its middle: what was chosen and written is sent as it was."""
    page, case = at_case.page, Case.objects.get()
    handling.classify(case.reference, actor=handler, **CLASSIFIED)
    page.reload()
    at_case.opens("draft_decision")
    half = {name: DECIDED[name] for name in ("finding", "demand_met", "findings")}
    at_case.fills(**half)
    page.context.clear_cookies(name="sessionid")
    at_case.fills(**{name: words for name, words in DECIDED.items() if name not in half})
    page.keyboard.press("Control+Enter")
    sign_in(page)
    expect(page.locator("dialog#cf-drawer[open]")).to_have_count(0)
    decision = Case.objects.get().decisions.get()
    assert (decision.finding, decision.demand_met, decision.author) == ("SUBSTANTIATED", "MET", handler)
    said = dict(CaseText.objects.filter(event_sequence=decision.event_sequence).values_list("kind", "text"))
    assert said == {name: DECIDED[name] for name in ("findings", "basis", "outcome", "remedies")}


def test_signing_in_again_in_another_tab_is_enough(at_case):
    page = at_case.page
    page.keyboard.press("i")
    page.keyboard.type("另一个标签页登录过")
    page.context.clear_cookies()
    other = page.context.new_page()
    other.goto(f"{at_case.address}/desk/")
    other.fill("#id_username", "handler")
    other.fill("#id_password", PASSWORD)
    other.click("#login-form button[type=submit]")
    other.wait_for_url("**/desk/**")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cf-note .cf-text")).to_have_text("另一个标签页登录过")


def test_nobody_sends_under_the_name_of_somebody_else(at_case, lead):
    page = at_case.page
    page.keyboard.press("i")
    page.keyboard.type("这是经办写的")
    page.context.clear_cookies()
    other = page.context.new_page()
    other.goto(f"{at_case.address}/desk/")
    other.fill("#id_username", "lead")
    other.fill("#id_password", PASSWORD)
    other.click("#login-form button[type=submit]")
    other.wait_for_url("**/desk/**")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cf-drawer [role=alert]")).to_be_visible()
    assert not CaseText.objects.filter(kind="note").exists()


def test_a_dialog_that_is_half_filled_stays_and_comes_back_whole(at_case):
    """D27: a press beside the drawer closed it, and radios and selects were gone."""
    page = at_case.page
    at_case.opens("set_level")
    at_case.fills(level="major", reason="涉及多人")
    page.check("#cf-drawer [name=urgent]")
    page.mouse.click(200, 500)
    expect(page.locator("dialog#cf-drawer[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("dialog#cf-drawer[open]")).to_have_count(0)
    page.reload()
    at_case.opens("set_level")
    expect(page.locator('#cf-drawer [name=level][value="major"]')).to_be_checked()
    expect(page.locator("#cf-drawer [name=urgent]")).to_be_checked()
    expect(page.locator("#cf-drawer [name=reason]")).to_have_value("涉及多人")
    page.click("#cf-drawer [data-forget]")
    expect(page.locator("#cf-drawer [name=reason]")).to_have_value("")
    page.mouse.click(200, 500)
    expect(page.locator("dialog#cf-drawer[open]")).to_have_count(0)


def test_a_settlement_that_is_begun_is_not_dropped(desk, handler):
    """D13: Ctrl+Enter on the right half registered the case unsettled, and threw the right half away."""
    person = desk("handler")
    person.page.keyboard.press("c")
    person.page.wait_for_url("**/desk/register/")
    person.page.fill("#register-words", "短信费多扣了两元。")
    person.page.fill("#settle-text", "已当场退回。")
    person.page.locator("#register-words").press("Control+Enter")
    person.page.wait_for_selector("#cf-halves[open]")
    person.page.keyboard.press("Escape")
    assert Case.objects.count() == 0
    person.page.locator("#settle-text").press("Control+Enter")
    expect(person.page.locator(".cf-error").first).to_be_visible()  # it was sent as a settlement, which lacks the rest
    assert Case.objects.count() == 0
    person.page.locator("#register-words").press("Control+Enter")
    person.page.click("[data-choice=without]")
    person.page.wait_for_url("**/desk/cases/**")
    assert Case.objects.get().state != State.NOTIFIED


def test_a_registration_that_is_begun_survives_a_lost_session_and_a_stray_key(desk, handler):
    person = desk("handler")
    person.open("/desk/register/")
    person.page.fill("#register-words", "短信费多扣了两元。")
    asked: list[str] = []
    person.page.on("dialog", lambda box: (asked.append(box.type), box.dismiss()))
    person.page.evaluate("document.querySelector('[data-hotkey=q]').click()")
    person.page.wait_for_timeout(500)
    assert (asked, person.page.url.endswith("/desk/register/")) == (["beforeunload"], True)
    person.page.context.clear_cookies()
    person.page.locator("#register-words").press("Control+Enter")
    sign_in(person.page)
    person.page.wait_for_url("**/desk/cases/**")
    assert Case.objects.count() == 1
