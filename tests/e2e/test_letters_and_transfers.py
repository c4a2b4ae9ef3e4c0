"""What a branch does daily: a letter with the date it came, and a transfer of the central bank until it is answered."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case, ExternalReference
from tests.cases import ANSWERED, CLASSIFIED, DECIDED, TOLD

pytestmark = pytest.mark.django_db(transaction=True)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def last_friday() -> datetime:
    today = timezone.localdate()
    back = (today.weekday() - 4) % 7 or 7
    return datetime(today.year, today.month, today.day, 10, 30, tzinfo=SHANGHAI) - timedelta(days=back)


def test_a_letter_counts_from_last_friday(desk, handler, receiver):
    """F33: it came on Friday and is typed in today."""
    person, came = desk("handler"), last_friday()
    person.open("/desk/register/")
    person.page.select_option("#register-channel", "letter")
    person.page.fill("#register-name", "测试客户")
    person.page.fill("#register-words", "贵行提前收取了房贷违约金，请说明依据并退还。")
    person.page.fill("#register-received_at", f"{came:%Y-%m-%dT%H:%M}")
    person.page.click(".cf-send .cf-btn-main")
    expect(person.page.locator("#register-receipt_evidence-error")).to_be_visible()
    person.page.fill("#register-receipt_evidence", "挂号 XA12345678901")
    person.page.click(".cf-send .cf-btn-main")
    person.page.wait_for_url("**/desk/cases/**")
    case = Case.objects.get()
    due_on = timezone.localdate(case.clocks.get(basis="statutory").due_at)
    assert (case.received_at, due_on) == (came, (came + timedelta(days=15)).date())
    expect(person.page.locator("#cf-timeline")).to_contain_text("挂号 XA12345678901")
    expect(person.page.locator("#cf-clocks")).to_contain_text(f"{due_on} 23:59")


def test_a_transfer_of_the_central_bank_until_it_is_answered(desk, handler, lead, receiver):
    """F24: registered with its number, handled, told, answered, and gone from the list of what waits."""
    person = desk("handler")
    person.open("/desk/register/")
    person.page.select_option("#register-channel", "regulator")
    person.page.fill("#register-words", "来文反映贷款中介费用问题，请贵行处理并反馈。")
    person.page.click("summary >> text=转办信息")
    person.page.select_option("#register-body", "12363")
    person.page.fill("#register-number", "PBOC-2026-00123")
    person.page.fill("#register-ordered_on", str(timezone.localdate() + timedelta(days=10)))
    person.page.click(".cf-send .cf-btn-main")
    person.page.wait_for_url("**/desk/cases/**")
    case, reference = Case.objects.get(), ExternalReference.objects.get()
    expect(person.page.locator("#cf-transfers")).to_contain_text("PBOC-2026-00123")
    person.open("/desk/transfers/")
    row = person.page.locator("tr[data-row]")
    expect(row).to_contain_text(case.reference)
    row.locator("a").click()
    person.page.wait_for_url(f"**/desk/cases/{case.reference}/")
    person.does("classify", **CLASSIFIED)
    person.does("draft_decision", **DECIDED)
    checker = desk("lead")
    checker.open(f"/desk/cases/{case.reference}/")
    checker.does("approve_decision")
    person.open(f"/desk/cases/{case.reference}/")
    person.does("notify", **TOLD)
    person.page.keyboard.press("r")  # what a body waits for is the next step
    person.page.wait_for_selector("dialog#cf-drawer[open]")
    person.fills(**ANSWERED)
    person.page.click("#cf-drawer .cf-btn-main")
    person.page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")
    reference.refresh_from_db()
    assert reference.answered_by == handler
    expect(person.page.locator("#cf-transfers")).to_contain_text(ANSWERED["evidence"])
    person.open("/desk/transfers/")
    expect(person.page.locator("tr[data-row]")).to_have_count(0)
    person.open("/desk/transfers/?which=all")
    expect(person.page.locator("tr[data-row]")).to_contain_text("PBOC-2026-00123")
