"""No page shuts anybody out: every address of tests/wall/urls_of.py, every verb, and what is said when something fails.

axe-core finds nothing serious, light or dark, and on a telephone no page scrolls sideways, however long its titles are.

The browser gets each page from Django's test client, so that one world, undone at the end, serves them all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client, RequestFactory
from playwright.sync_api import Browser, Page, Route

from complaints.models import Case
from organization.locked_out import page as locked_out_page
from sqm_site.errorpages import error_page
from tests.wall.strangers import World
from tests.wall.tables_of import TABLES
from tests.wall.test_rights_of_urls import (
    ALL,
    address,
    at_door,  # noqa: F401
    opening,
    role_of,
    world,  # noqa: F401
)
from tests.wall.urls_of import LINES, PAGE_OF_VERB, VERBS, Line

pytestmark = pytest.mark.django_db
CHINESE = {"accept-language": "zh-hans"}
HERE = "http://sqm.test"
SCREEN, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LONG = "信用卡分期提前结清后仍被收取全部剩余手续费且客服三次承诺退还至今没有到账请尽快处理"
SERIOUS = {"serious", "critical"}
TABLE_PAGES = ("", "add/", "<path:object_id>/change/")
AXE = Axe()
Look = Callable[[Client, str], list[str]]


@pytest.fixture
def look(browser) -> Iterator[Look]:
    """Open an address as somebody, and give what is wrong with the page; nothing for what is no page."""
    with seen(browser) as shown:

        def at(client: Client, path: str) -> list[str]:
            Case.objects.update(subject=LONG)
            answer = client.get(path, headers=CHINESE)
            return shown(path, answer) if answer.status_code == 200 and b"<html" in answer.content else []

        yield at


@pytest.fixture
def look_at(browser) -> Iterator[Callable[[Any], list[str]]]:
    """What is wrong with an answer, whatever its status."""
    with seen(browser) as shown:
        yield lambda answer: shown("/", answer)


@contextmanager
def seen(browser: Browser) -> Iterator[Callable[[str, Any], list[str]]]:
    context = browser.new_context(viewport=SCREEN, locale="zh-CN", color_scheme="light")
    page = context.new_page()

    def shown(path: str, answer: Any) -> list[str]:
        page.route(f"{HERE}/**", lambda route: serve(route, (path, answer)))
        page.goto(HERE + path)
        page.wait_for_load_state("networkidle")
        return [*wrong(page, "light"), *in_the_dark(page), *sideways(page)]

    yield shown
    context.close()


def sideways(page: Page) -> list[str]:
    """D12"""
    page.set_viewport_size(TELEPHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} pixels wide on {TELEPHONE['width']}"] if width > TELEPHONE["width"] else []


def serve(route: Route, page: tuple[str, Any]) -> None:
    """The page and the files it names; nothing else: playwright runs this beside the transaction of the test."""
    url = urlsplit(route.request.url)
    path, answer = page
    if url.path.startswith("/static/") and (file := finders.find(unquote(url.path.removeprefix("/static/")))):
        route.fulfill(path=file)
    elif (f"{url.path}?{url.query}" if url.query else url.path) == path:
        route.fulfill(headers=dict(answer.headers), body=answer.content)
    else:
        route.fulfill(status=404)


def in_the_dark(page: Page) -> list[str]:
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.classList.add('dark')")
    return wrong(page, "dark")


def wrong(page: Page, theme: str) -> list[str]:
    found = AXE.run(page).response["violations"]
    return [
        f"{theme}: {one['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def is_page(line: Line, pattern: str) -> bool:
    return line.method == "get" and not pattern.startswith("api/") and 200 in line.may  # the Swagger page is not ours


@pytest.mark.parametrize(("pattern", "number"), [one for one in ALL if is_page(LINES[one[0]][one[1]], one[0])])
def test_every_address(pattern, number, world, look):  # noqa: F811
    line = LINES[pattern][number]
    query = urlencode(line.sends(world.here))
    path = address(pattern, line.args(world.here)) + (f"?{query}" if query else "")
    assert look(world.here.browser(role_of(line)), path) == []


@pytest.mark.parametrize("page", TABLE_PAGES)
@pytest.mark.parametrize("label", TABLES)
def test_every_table(label, page, world: World, look):  # noqa: F811
    path = address(f"admin/{label.replace('.', '/')}/{page}", {"object_id": world.rows[label].pk})
    who = next((role for role, status in opening(TABLES[label], page).items() if status == 200), None)
    if who is not None:
        assert look(world.here.browser(who), path) == []


@pytest.mark.parametrize("at_door", VERBS, indirect=True)
def test_every_verb(at_door, look):  # noqa: F811
    found, name, role = at_door
    path = address(PAGE_OF_VERB, {"reference": found.here.case.reference, "name": name})
    assert look(found.here.browser(role), path) == []


def locked_out(_world: World) -> Any:
    request = RequestFactory().post("/admin/login/")
    request.login_delay = timedelta(minutes=3)
    return locked_out_page(request)


def answered(world: World) -> list[Any]:  # noqa: F811
    link = address("survey/<str:token>/", {"token": world.here.survey.token})
    return [Client().post(link, {"satisfaction": "satisfied", "comment": LONG}, headers=CHINESE) for _time in (1, 2)]


# What is said when something fails, and to a customer who has answered: no address of its own leads there.
SAID: dict[str, Callable[[World], Any]] = {
    "403": lambda there: there.here.browser("executive").get("/desk/", headers=CHINESE),
    "404": lambda there: there.here.browser("handler").get("/desk/cases/none/", headers=CHINESE),
    "500": lambda _there: error_page(500),
    "429": locked_out,
    "thanks": lambda there: answered(there)[0],
    "answered twice": lambda there: answered(there)[1],
}
STATUS = {"thanks": 200, "answered twice": 409}


@pytest.mark.parametrize("said", SAID)
def test_what_is_said_when_something_fails(said, world: World, look_at):  # noqa: F811
    """D3: the pages of errors, of the lock-out and of thanks are pages, too."""
    with transaction.atomic():
        answer = SAID[said](world)
        transaction.set_rollback(True)
    assert answer.status_code == (STATUS[said] if said in STATUS else int(said))
    assert look_at(answer) == []
