"""axe-core finds nothing serious on any page, light or dark: every address of tests/wall/urls_of.py, and every verb.

The browser gets each page from Django's test client, so that one world, undone at the end, serves them all.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route

from tests.wall.strangers import World
from tests.wall.test_rights_of_urls import (
    ALL,
    address,
    at_door,  # noqa: F401
    opening,
    role_of,
    world,  # noqa: F401
)
from tests.wall.urls_of import LINES, PAGE_OF_VERB, TABLES, VERBS, Line

pytestmark = pytest.mark.django_db
HERE = "http://sqm.test"
SERIOUS = {"serious", "critical"}
TABLE_PAGES = ("", "add/", "<path:object_id>/change/")
AXE = Axe()
Look = Callable[[Client, str], list[str]]


@pytest.fixture
def look(browser) -> Iterator[Look]:
    """Open an address as somebody, and give what is wrong with the page; nothing for what is no page."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", color_scheme="light")
    page = context.new_page()

    def at(client: Client, path: str) -> list[str]:
        answer = client.get(path, headers={"accept-language": "zh-hans"})
        if answer.status_code != 200 or b"<html" not in answer.content:
            return []
        page.route(f"{HERE}/**", lambda route: serve(route, (path, answer)))
        page.goto(HERE + path)
        page.wait_for_load_state("networkidle")
        return [*wrong(page, "light"), *in_the_dark(page)]

    yield at
    context.close()


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
