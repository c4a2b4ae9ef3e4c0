"""A real browser on the real pages: Debian's Chromium, driven by playwright."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = pytest.mark.skip(reason=f"{CHROMIUM} is not installed")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if not CHROMIUM.exists():
                item.add_marker(absent)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # playwright keeps an event loop in this thread, and Django takes that for asynchronous code
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()
        connections.close_all()  # those made beside playwright's event loop are seen from there only


class Desk:
    """Somebody at a screen: every complaint of the browser's console is a failure."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self.listen)

    def listen(self, message: object) -> None:
        # an answer of 4xx is logged by the browser and by htmx, and is what a refused form looks like
        refused = ("Failed to load resource", "Response Status Error Code 4")
        if message.type == "error" and not message.text.startswith(refused):
            self.complaints.append(message.text)

    def log_in(self, name: str) -> "Desk":
        self.page.goto(f"{self.address}/desk/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", "correct horse battery")
        self.page.click("#login-form button[type=submit]")
        self.page.wait_for_url("**/desk/**")
        return self

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def opens(self, verb: str) -> None:
        """Open the dialog of a verb: a button, or an entry of the menu."""
        button = self.page.locator(f'.cf-acts button[hx-get$="/{verb}/"]')
        if not button.is_visible():
            self.page.click(".cf-menu summary")
        button.click()
        self.page.wait_for_selector("dialog#cf-drawer[open]")

    def does(self, verb: str, **fields: str) -> None:
        """Fill the dialog of a verb and send it; it closes when the server took it."""
        self.opens(verb)
        self.fills(**fields)
        self.page.click("#cf-drawer .cf-btn-main")
        self.page.wait_for_selector("dialog#cf-drawer:not([open])", state="attached")

    def takes(self, whom: str, *, within: str = "#cf-drawer") -> None:
        """Say to whom a case goes: a user name, or the code of a unit, in the one box for all of them."""
        self.page.locator(f"{within} input[id$=-taker]").fill(whom)
        self.page.wait_for_selector("[role=option]:visible")
        self.page.keyboard.press("Tab")

    def fills(self, **fields: str) -> None:
        for name, value in fields.items():
            if name in {"unit", "to"}:
                self.takes(value)
                continue
            field = self.page.locator(f'#cf-drawer [name="{name}"]')
            if field.first.get_attribute("type") == "radio":
                self.page.locator(f'#cf-drawer [name="{name}"][value="{value}"]').check()
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)


@pytest.fixture
def desk(browser, live_server) -> Iterator:
    """Give a name, get that person at a fresh browser."""
    contexts: list[BrowserContext] = []
    desks: list[Desk] = []

    def sit_down(name: str, **options: object) -> Desk:
        size = {"width": 1440, "height": 900}
        context = browser.new_context(**{"viewport": size, "timezone_id": "Asia/Shanghai", "locale": "zh-CN"} | options)
        contexts.append(context)
        desks.append(Desk(context, live_server.url).log_in(name))
        return desks[-1]

    yield sit_down
    for context in contexts:
        context.close()
    assert [complaint for one in desks for complaint in one.complaints] == []
