"""减免补偿、责任认定 at the desk: granted above the limit, paid by a colleague; ruled on from above, and appealed."""

import pytest
from playwright.sync_api import expect

from complaints.models import Liability, Redress
from organization.models import Role
from tests.cases import told
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def test_much_redress_is_granted_paid_and_gone_from_the_list_of_what_is_owed(desk, owned, handler, lead):
    """N10: from the promise to the voucher."""
    asker, second = desk("handler"), desk("lead")
    asker.open(f"/desk/cases/{owned.reference}/")
    asker.does("propose_redress", kind="REFUND", amount="1200.50", demanded="3000", reason="重复扣收，全额退回")
    expect(asker.page.locator("#case")).to_contain_text("1,200.50 元")  # what waits for a second person
    assert not Redress.objects.exists()
    second.open(f"/desk/cases/{owned.reference}/")
    second.does("decide_approval", grant="true")
    expect(second.page.locator("#cf-redress")).to_contain_text("1,200.50")
    asker.open("/desk/redress/")
    expect(asker.page.locator("tr[data-row]")).to_contain_text(owned.reference)
    second.does("pay_redress", evidence="PAY-2026-0001")
    expect(second.page.locator("#cf-redress")).to_contain_text("PAY-2026-0001")
    row = Redress.objects.get()
    assert (row.by, row.paid_by, row.approval.decided_by) == (handler, lead, lead)
    asker.open("/desk/redress/")
    expect(asker.page.locator("tr[data-row]")).to_have_count(0)
    asker.open("/desk/redress/?which=all")
    expect(asker.page.locator("tr[data-row]")).to_contain_text("PAY-2026-0001")


def test_who_answers_for_it_is_ruled_from_above_and_appealed(desk, integration, handler, lead, branch):
    person("guardian", Role.CONSUMER_PROTECTION, branch.parent)
    case = told(integration, handler=handler, checker=lead)
    above, there = desk("guardian"), desk("lead")
    above.open(f"/desk/cases/{case.reference}/")
    above.does(
        "rule_liability", result="LIABLE", responsible_unit=branch.code, measure="TRAINING", basis="柜员未按规定核对。"
    )
    expect(above.page.locator("#cf-liability")).to_contain_text("100%")
    there.open(f"/desk/cases/{case.reference}/")
    there.does("appeal_liability", reason="系统参数所致")
    expect(there.page.locator("#cf-liability")).to_contain_text("已申诉")
    assert Liability.objects.get().appealed_by == lead
