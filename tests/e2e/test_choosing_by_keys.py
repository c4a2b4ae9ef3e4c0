"""A long choice is a box to type into: by words, by code, by pinyin; with the keyboard alone."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case
from complaints.services.spelling import spell_names
from organization.models import User
from tests.cases import taken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(integration, handler) -> Case:
    spell_names()
    return taken(integration, at=timezone.now())


def at_work(desk, waiting):
    person = desk("handler")
    person.page.keyboard.press("n")
    person.page.wait_for_url(f"**/desk/cases/{waiting.reference}/")
    return person


def classifying(desk, waiting):
    page = at_work(desk, waiting).page
    page.keyboard.press("f")
    expect(page.locator("#dialog-category-typed")).to_be_focused()
    return page


def test_a_case_is_classified_by_nine_keys(desk, waiting):
    """About 35 arrow keys it took, or eight clicks with scrolling, sixty times a day."""
    page = at_work(desk, waiting).page
    page.keyboard.press("f")  # and nobody waits for the dialog
    keys = [*"xykfq", "Tab", *"dj", "Control+Enter"]
    assert len(keys) <= 9
    for key in keys[:5]:
        page.keyboard.press(key)
    expect(page.locator("[role=option]:visible")).to_have_count(1)
    for key in keys[5:]:
        page.keyboard.press(key)
    page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")
    case = Case.objects.get()
    assert (case.business_channel, case.category, case.reason) == ("A10302", "B020204", "C07")


def shown(page) -> list[str]:
    return [" ".join(one.split("\n")) for one in page.locator("[role=option]:visible").all_inner_texts()]


@pytest.mark.parametrize("typed", ["xykfq", "xinyongkafenqi", "xinykfenq", "B020204", "b020204", "信用卡 分期", "息费"])
def test_the_same_row_is_found_by_pinyin_by_code_and_by_words(desk, waiting, typed):
    page = classifying(desk, waiting)
    page.keyboard.insert_text(typed)
    expect(page.locator("[role=option]:visible")).to_have_text(["信用卡 / 分期与息费B020204"])
    page.keyboard.press("Enter")
    expect(page.locator("#dialog-category-typed")).to_have_value("信用卡 / 分期与息费")
    assert page.eval_on_selector("#dialog-category", "one => one.value") == "B020204"


def test_what_was_chosen_before_comes_first_in_settling_too(desk, waiting):
    page = at_work(desk, waiting).page
    for opens in ("f", "settle"):
        if opens == "f":
            page.keyboard.press("f")
            expect(page.locator("#dialog-category-typed")).to_be_focused()
            page.keyboard.type("xykfq")
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")  # the list is closed: this closes the dialog
            page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")
            page.evaluate(
                "localStorage.removeItem(Object.keys(localStorage).find((key) => key.startsWith('cf-draft')))"
            )
        else:
            page.click('.cf-acts button[hx-get$="/settle/"]')
            page.wait_for_selector("dialog#cf-drawer[open]")
            page.locator("#dialog-category-typed").focus()
            page.keyboard.press("ArrowDown")
            assert shown(page)[0] == "信用卡 / 分期与息费 B020204"
            expect(page.locator(".cf-combo-list:visible .cf-label")).to_have_text("最近选过")
            page.keyboard.press("Escape")  # closes the list
            expect(page.locator("dialog#cf-drawer[open]")).to_be_visible()


def test_a_screen_reader_is_told_what_the_box_is_and_what_is_marked(desk, waiting):
    page = classifying(desk, waiting)
    box = page.get_by_role("combobox", name="业务类别")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    marked = page.locator("#" + box.get_attribute("aria-activedescendant"))
    expect(marked).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")


def test_a_pinyin_candidate_is_confirmed_without_choosing(desk, waiting):
    page = classifying(desk, waiting)
    page.keyboard.type("xyk")
    page.eval_on_selector(
        "#dialog-category-typed",
        "one => one.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))",
    )
    assert page.eval_on_selector("#dialog-category", "one => one.value") == ""
    expect(page.locator("[role=listbox]:visible")).to_be_visible()


def test_the_complained_unit_is_named_by_pinyin_and_a_whole_code_needs_no_row(desk, waiting, outsider):
    """It was a code that nobody knew by heart."""
    spell_names()
    page = classifying(desk, waiting)
    box = page.get_by_role("combobox", name="被投诉单位")
    expect(box).to_have_value("上海分行")
    box.fill("bjfh")
    expect(page.locator("[role=option]:visible")).to_have_text(["北京分行BJ"])
    page.keyboard.press("Tab")
    expect(box).to_have_value("北京分行")
    expect(page.locator("[name=complained_unit]")).to_have_value("BJ")
    box.fill("SH")
    box.blur()
    expect(page.locator("[name=complained_unit]")).to_have_value("SH")
    box.fill("")
    page.keyboard.press("Tab")
    expect(page.locator("[name=complained_unit]")).to_have_value("")
    box.fill("NOWHERE")
    page.keyboard.press("Tab")
    expect(box).to_have_value("NOWHERE")


def test_a_case_is_handed_to_a_colleague_by_pinyin(desk, waiting, colleague):
    """A name failed: three boxes asked for a unit code, a team and a user name."""
    User.objects.filter(pk=colleague.pk).update(display_name="李文")
    spell_names()
    page = at_work(desk, waiting).page
    page.keyboard.press("t")
    box = page.get_by_role("combobox", name="转给谁")
    expect(box).to_be_focused()
    expect(page.locator("#dialog-to")).to_be_hidden()
    page.keyboard.type("lw")
    expect(page.locator("[role=option]:visible")).to_have_text(["李文上海分行 一组 · 在手 0 · 在岗"])
    page.keyboard.press("Tab")
    expect(box).to_have_value("李文")
    page.keyboard.type("熟悉此类业务")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")
    assert Case.objects.get().offered_to == colleague


def test_what_the_server_refuses_of_a_name_is_said_at_the_box(desk, waiting, colleague):
    page = at_work(desk, waiting).page
    page.keyboard.press("t")
    expect(page.locator("#dialog-taker")).to_be_focused()
    page.locator("#dialog-reason").fill("请接手")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog-taker-error")).to_contain_text("请说明")
    expect(page.locator("#dialog-taker")).to_be_focused()


def test_a_list_is_filtered_by_typing(desk, waiting):
    Case.objects.update(category="B020204")
    person = desk("handler")
    person.open("/desk/cases/")
    person.page.get_by_role("combobox", name="业务类别").focus()
    person.page.keyboard.type("xykfq")
    with person.page.expect_navigation(url="**category=B020204**"):
        person.page.keyboard.press("Enter")
    expect(person.page.locator("[data-row]")).to_have_count(1)


def test_what_was_chosen_goes_at_logout_and_what_fits_nothing_is_said(desk, waiting):
    page = classifying(desk, waiting)
    page.keyboard.type("zzz")
    expect(page.locator("[role=listbox]:visible")).to_have_text("没有符合的选项。")
    page.keyboard.press("Escape")
    page.keyboard.type("xykfq")
    page.keyboard.press("Enter")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('cf-recent'))"
    assert page.evaluate(kept)
    page.evaluate("document.getElementById('logout-form').requestSubmit()")
    page.wait_for_url("**/logout/**")
    assert page.evaluate(kept) == []
