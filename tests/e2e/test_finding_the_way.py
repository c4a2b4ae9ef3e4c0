"""From anywhere to a case and on to the next one: the search, the keys, the list one came from, a narrow screen."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case
from complaints.verbs import handling
from feedback.models import Notice
from tests.cases import taken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(integration, handler) -> Case:
    return taken(integration, at=timezone.now())


def more(integration, case: Case, count: int) -> list[str]:
    """So many further cases; all references in the order in which they are due."""
    for number in range(count):
        taken(integration, external_id=f"more-{number}", at=case.received_at - timedelta(minutes=number))
    return list(Case.objects.order_by("next_due_at", "pk").values_list("reference", flat=True))


EVERYWHERE = ["/desk/", "/desk/cases/", "case", "/desk/register/", "/quality/dashboard/", "/admin/"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_the_search_opens_by_both_keys_on_every_page(desk, waiting, handler, path):
    """D10 D11: `/` did nothing outside one list, and Ctrl+K ended in an error where nothing fitted."""
    person = desk("handler")
    path = f"/desk/cases/{waiting.reference}/" if path == "case" else path
    # where a field has the focus from the beginning, / is a sign like any other
    for key in ("Control+k",) if path == "/desk/register/" else ("/", "Control+k"):
        person.open(path)
        person.page.keyboard.press(key)
        person.page.wait_for_selector("#cf-finder[open]")
        person.page.keyboard.type("绝无此事")
        expect(person.page.locator("#cf-found [role=status]")).to_contain_text("没有符合")
        person.page.keyboard.press("Enter")
        person.page.fill("#cf-finder input", waiting.reference[8:15])
        with person.page.expect_navigation(url=f"**/desk/cases/{waiting.reference}/"):
            person.page.keyboard.press("Enter")


def test_next_and_register_are_keys_on_a_case_too(desk, waiting, integration, handler):
    """D20: N and C did nothing on a case."""
    other = taken(integration, external_id="other", at=timezone.now(), customer={"name": "另一位客户"})
    person = desk("handler")
    person.page.keyboard.press("n")
    person.page.wait_for_url(f"**/desk/cases/{waiting.reference}/")
    person.page.keyboard.press("n")
    person.page.wait_for_url(f"**/desk/cases/{other.reference}/")
    person.page.keyboard.press("c")
    person.page.wait_for_url("**/desk/register/")


def test_j_and_k_walk_the_list_one_came_from(desk, waiting, integration, handler, lead):
    """D20 D28: J led from any list to a case of one's own; a list forgot its place behind a second page."""
    references = more(integration, waiting, 52)
    person = desk("lead")
    page = person.page
    person.open("/desk/?tab=all")
    page.click("[data-more]")
    expect(page.locator("[data-row]")).to_have_count(53)
    page.click(f'a[href$="{references[49]}/"]')
    page.wait_for_url(f"**/{references[49]}/")
    expect(page.locator("[data-walk]")).to_contain_text("50 / 53")
    page.keyboard.press("j")
    page.wait_for_url(f"**/{references[50]}/")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{references[49]}/")
    page.keyboard.press("q")
    page.wait_for_url("**/desk/?tab=all")
    expect(page.locator("[data-row]")).to_have_count(53)
    expect(page.locator(f'a[href$="{references[49]}/"]')).to_be_focused()


def test_the_walk_goes_beyond_the_first_page_of_a_search(desk, waiting, integration, handler, lead):
    references = more(integration, waiting, 52)
    person = desk("lead")
    person.open("/desk/cases/?ordering=next_due_at")
    person.page.click(f'a[href$="{references[49]}/"]')
    person.page.wait_for_url(f"**/{references[49]}/")
    expect(person.page.locator("[data-walk]")).to_contain_text("50 / 53")
    person.page.keyboard.press("j")
    person.page.wait_for_url(f"**/{references[50]}/")


PAGES = [
    "/desk/", "/desk/?tab=all", "/desk/cases/", "/desk/notices/", "/desk/register/", "/quality/sla-report/",
    "/quality/process/", "/quality/dashboard/", "/quality/due/?due_to=2099-01-01", "case",
]  # fmt: skip


@pytest.mark.parametrize(("size", "language"), [((1440, 900), "zh-CN"), ((390, 844), "zh-CN"), ((390, 844), "en-GB")])
def test_no_page_with_titles_of_forty_characters_scrolls_sideways(
    desk, waiting, integration, lead, supervisor, size, language
):
    """D12: the queue was 916 pixels wide on a screen of 390; the one title of the test was short."""
    more(integration, waiting, 3)
    long = "信用卡分期提前结清后仍被收取全部剩余手续费且客服三次承诺退还至今没有到账请尽快处理"
    Case.objects.update(subject=long)
    now, to_lead = timezone.now(), {"kind": "chase", "channel": "in_app", "to_user": lead, "about": waiting.reference}
    Notice(**to_lead, key="chase", created_at=now, due_at=now).save()
    screen = {"viewport": {"width": size[0], "height": size[1]}, "locale": language}
    wide = []
    for name, paths in (("supervisor", PAGES), ("lead", ["/desk/"])):  # a lead has every button of the queue
        person = desk(name, **screen)
        for path in paths:
            person.open(f"/desk/cases/{waiting.reference}/" if path == "case" else path)
            width = person.page.evaluate("document.documentElement.scrollWidth")
            if width > size[0]:
                wide.append((name, path, width))
    assert wide == []
    person.open("/desk/?tab=all")
    expect(person.page.locator("[data-row]").first).to_have_text(re.compile("信用卡分期"))


def test_the_newest_is_in_sight_and_nothing_lies_over_it(desk, waiting, handler):
    """D22: a long case opened at its first message, and the box for writing hid up to 340 pixels."""
    person = desk("handler")
    person.page.keyboard.press("n")
    person.page.wait_for_url("**/desk/cases/**")
    for number in range(12):
        handling.note(waiting.reference, actor=handler, text=f"第 {number} 条记录")
    person.page.reload()
    newest = person.page.locator(".cf-note .cf-text").last
    for _step in range(2):
        expect(newest).to_have_text("第 11 条记录")
        expect(newest).to_be_in_viewport(ratio=1)
        note, box = newest.bounding_box(), person.page.locator("#cf-composer").bounding_box()
        assert note["y"] + note["height"] <= box["y"]
        person.page.keyboard.press("e")  # and as the box unfolds
        person.page.wait_for_timeout(300)


def test_the_chosen_tab_and_the_fold_of_a_registration_are_in_sight_and_reached_by_keys(desk, waiting, lead):
    person = desk("lead", viewport={"width": 390, "height": 844})
    person.open("/desk/?tab=sample")
    expect(person.page.locator(".cf-tabs [aria-current]")).to_be_in_viewport(ratio=1)
    person.open("/desk/register/")
    person.page.locator("#register-received_at").focus()
    fold = person.page.locator(".cf-fold > summary", has_text="更多客户")
    for _part in range(30):  # a date is filled in by its parts
        person.page.keyboard.press("Tab")
        if fold.evaluate("one => one === document.activeElement"):
            break
    expect(fold).to_be_focused()
    expect(person.page.locator("#register-customer_no")).to_be_hidden()
    person.page.keyboard.press("Enter")
    person.page.keyboard.press("Tab")
    expect(person.page.locator("#register-customer_no")).to_be_focused()
