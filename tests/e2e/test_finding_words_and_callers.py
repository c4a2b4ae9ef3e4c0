"""What somebody remembers of a matter leads to it, and a number says whose it is while it is typed."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case
from tests.cases import taken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(integration, handler) -> Case:
    case = taken(integration, at=timezone.now(), thread="t-1", customer={"name": "欧阳测试", "phone": "13912345678"})
    taken(integration, at=timezone.now(), thread="t-1", text="攒了三年八万多积分，一夜清零")
    return case


def test_a_word_of_the_second_message_leads_to_the_case(desk, waiting):
    """D2: nothing after the first message was found."""
    page = desk("handler").page
    page.keyboard.press("/")
    page.wait_for_selector("#cf-finder[open]")
    page.keyboard.type("八万多")
    hit = page.locator("#cf-found [role=option]").first
    expect(hit.locator("mark")).to_have_text("八万多")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/cases/{waiting.reference}/")


def test_the_list_marks_the_words_and_says_where_it_looked(desk, waiting):
    person = desk("handler")
    person.open("/desk/cases/?q=八万多")
    expect(person.page.locator("[data-row] .cf-hit mark")).to_have_text("八万多")
    expect(person.page.locator(".cf-looked")).to_contain_text("已查遍您权限范围内的全部工单")


def test_a_number_says_whose_it_is_while_it_is_typed(desk, waiting):
    """D5: who it was stood there only after saving, and another name was lost."""
    person = desk("handler")
    page = person.page
    person.open("/desk/register/")
    page.locator("#register-phone").fill("")
    page.locator("#register-phone").press_sequentially("13912345678")
    expect(page.locator("#cf-caller")).to_contain_text("欧**")
    expect(page.locator("#register-phone")).to_be_focused()
    page.locator("#register-name").fill("王五")
    page.locator("#register-words").fill("代母亲咨询")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#register-phone-error")).to_contain_text("另一姓名")
    page.get_by_label("不是，新客户").check()
    page.locator("#register-words").press("Control+Enter")
    page.wait_for_url("**/desk/cases/C*/")
    assert Case.objects.latest("pk").customer != waiting.customer
