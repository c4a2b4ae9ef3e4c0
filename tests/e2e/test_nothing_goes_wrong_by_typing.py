"""Fast typists: what is meant for colleagues stays inside, and what is about to go out can be taken back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, State
from complaints.verbs import ownership
from feedback.models import Notice
from tests.cases import taken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(integration, handler) -> Case:
    """A case that came by WeChat-like mail: its customer can be written to."""
    customer = {"customer_no": "K1", "name": "测试客户", "phone": "13800138000", "email": "someone@example.com"}
    return taken(integration, at=timezone.now(), customer=customer)


@pytest.fixture
def at_case(desk, waiting):
    handler = desk("handler")
    handler.page.keyboard.press("n")
    handler.page.wait_for_url("**/desk/cases/**")
    by_mail(handler.page)
    return handler


def by_mail(page) -> None:
    page.keyboard.press("e")
    page.select_option("#reply-method", "EMAIL")
    page.locator("#reply-method").press("Escape")


def mails() -> int:
    return Notice.objects.filter(kind="reply").count()


def test_a_note_typed_fast_after_a_reply_stays_inside(at_case):
    """D3: the focus stayed in the reply box, so I went into the text and the note to the customer."""
    keys = at_case.page.keyboard
    keys.press("e")
    keys.type("正在核实")
    keys.press("Control+Enter")
    assert at_case.page.evaluate("document.activeElement.tagName") == "BODY"
    keys.press("i")
    keys.type("客户情绪激动")
    keys.press("Control+Enter")
    expect(at_case.page.locator(".cf-note .cf-text")).to_have_text("客户情绪激动")
    expect(at_case.page.locator(".cf-ours .cf-text").first).to_have_text("正在核实")
    assert mails() == 1
    shown = at_case.page.locator("#cf-composer")
    expect(shown).to_have_attribute("data-shown", "note")  # the tab stays as it was used


def test_the_button_says_to_whom_and_by_what(at_case):
    button = at_case.page.locator('[data-panel="reply"] button').first
    at_case.page.keyboard.press("e")
    expect(button).to_contain_text("经电子邮件发给客户")
    at_case.page.select_option("#reply-method", "PHONE")
    expect(button).to_contain_text("您已电话告知客户")
    at_case.page.keyboard.press("Alt+i")
    expect(at_case.page.locator("#note-text")).to_be_focused()
    expect(at_case.page.locator('[data-panel="note"] button').first).to_contain_text("仅内部可见")
    at_case.page.keyboard.press("Alt+e")
    expect(at_case.page.locator("#reply-text")).to_be_focused()


def test_what_we_send_ourselves_wants_no_evidence(at_case):
    at_case.opens("settle")
    star = at_case.page.locator('label[for="dialog-evidence"] b')
    expect(star).to_be_visible()
    at_case.fills(method="EMAIL")
    expect(star).to_be_hidden()
    at_case.fills(method="PHONE")
    expect(star).to_be_visible()


def test_what_goes_to_the_customer_can_be_taken_back(at_case):
    keys = at_case.page.keyboard
    keys.press("e")
    keys.type("写错了客户")
    keys.press("Control+Enter")
    expect(at_case.page.locator("#cf-toasts")).to_contain_text("撤销")
    keys.press("z")
    expect(at_case.page.locator("#reply-text")).to_have_value("写错了客户")
    at_case.page.wait_for_timeout(9000)
    assert mails() == 0
    assert Case.objects.get().replied_at is None


def test_it_goes_by_itself_after_eight_seconds(at_case):
    keys = at_case.page.keyboard
    keys.press("e")
    keys.type("八秒之后")
    keys.press("Control+Enter")
    at_case.page.wait_for_timeout(6500)
    assert mails() == 0
    expect(at_case.page.locator(".cf-ours .cf-text")).to_have_text("八秒之后")
    assert mails() == 1


def test_a_page_that_is_left_sends_at_once(at_case):
    keys = at_case.page.keyboard
    for leave in (lambda: keys.press("q"), at_case.page.reload):
        at_case.page.keyboard.press("e")
        keys.type("这就发出")
        keys.press("Control+Enter")
        before, address = mails(), at_case.page.url
        leave()
        at_case.page.wait_for_load_state()
        at_case.page.wait_for_timeout(500)
        assert mails() == before + 1
        at_case.page.goto(address)
        expect(at_case.page.locator("#reply-text")).to_have_value("")
        by_mail(at_case.page)


def test_two_replies_one_after_the_other_both_go(at_case):
    keys = at_case.page.keyboard
    for text in ("第一句", "第二句"):
        keys.press("e")
        at_case.page.select_option("#reply-method", "EMAIL")
        at_case.page.fill("#reply-text", text)
        at_case.page.locator("#reply-text").press("Control+Enter")
    expect(at_case.page.locator("#cf-timeline")).to_contain_text("第一句")
    at_case.page.get_by_role("button", name="立即执行").click()
    expect(at_case.page.locator("#cf-timeline")).to_contain_text("第二句")
    assert mails() == 2


def test_signing_for_a_case_takes_one_key_and_no_dialog(desk, waiting, handler, colleague, lead):
    """D4: the drawer of a verb without fields had its focus on the cross: Enter closed it, and nothing was signed."""
    ownership.assign(waiting.reference, actor=lead, unit=waiting.handling_unit.code, to=handler.username)
    person = desk("handler")
    person.open(f"/desk/cases/{waiting.reference}/")
    person.page.keyboard.press("r")
    expect(person.page.locator("#cf-toasts")).to_contain_text("签收")
    assert person.page.locator("dialog#cf-drawer[open]").count() == 0
    assert Case.objects.get().state == State.ASSIGNED
    person.page.keyboard.press("z")
    person.page.wait_for_timeout(5500)
    assert Case.objects.get().state == State.ASSIGNED
    person.page.keyboard.press("r")
    person.page.keyboard.press("r")  # who goes on does not wait for the delay
    person.page.wait_for_selector("dialog#cf-drawer[open]")
    assert Case.objects.get().state == State.IN_PROGRESS
    expect(person.page.locator("#dialog-text")).to_be_focused()  # the way of telling is preset
    person.page.keyboard.press("Control+Enter")
    expect(person.page.locator("dialog#cf-drawer[open]")).to_have_count(0)
