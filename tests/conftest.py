"""Fixtures of the whole suite. The engines are started by tests/engines.py, before the settings are read."""

import gc
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from sla import rulebook
from sqm_site import clock, remembering
from tests.nights import either

settings.register_profile("day", max_examples=40, deadline=None)  # a busy machine is no failure
settings.register_profile("night", max_examples=3000, deadline=None)
settings.load_profile(either(day="day", night="night"))
FAULTS = Path(__file__).parent / "faults"
# Twenty seconds of a core or more: begun last, one process would still be at them when the others have nothing left.
LONG = {
    "test_cells", "test_choices", "test_offers", "test_pages_hold", "test_rights_of_urls", "test_rights_of_verbs",
    "test_schemathesis", "test_tampering", "test_what_a_verb_writes", "test_worlds",
}  # fmt: skip
MEMORIES: list[remembering.Memory[Any]] = []  # of the modules that tests have imported
pytest_plugins = [
    "tests.people",
    "tests.ground",
    "tests.append_only",
    "tests.cases",
    "tests.estimates",
    "tests.clamd",
    "tests.register",
    "tests.complaints.positions",
]


@pytest.fixture(autouse=True)
def clocks_agree():
    """As a process that has just compared its clock: no test meets the query of that minute by chance."""
    clock.COMPARED.agree()


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """As a process that has just started: a row of an earlier test, long taken back, is not found by its code."""
    for memory in MEMORIES:
        memory.forget()


@pytest.fixture(autouse=True)
def in_the_language_of_the_house():
    """What a page of an earlier test was asked for in is no test's language: requests leave theirs behind."""
    translation.deactivate()


@pytest.fixture
def nothing_expires(monkeypatch):
    """For tests that count statements: what a process remembers for some seconds is not read anew by chance."""
    began = time.monotonic()
    monkeypatch.setattr(remembering, "time", SimpleNamespace(monotonic=lambda: began))
    monkeypatch.setattr(rulebook, "monotonic", lambda: began)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start programs come first: they wait more than they work, and nobody should wait for the last one.
    Then the long ones.

    Before all, `up`: the other faults use the home that it made.
    """

    def rank(item: pytest.Item) -> tuple[bool, bool, bool]:
        of_faults = item.path.parent == FAULTS
        starts = of_faults or "subprocess" in vars(item.module)
        return not starts, not (of_faults and "up" in getattr(item, "fixturenames", ())), item.path.stem not in LONG

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What has been read stays to the end: to look through it for what nobody needs took a twelfth of the run."""
    gc.collect()
    MEMORIES.extend(one for one in gc.get_objects() if type(one) is remembering.Memory)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: they work on while one of us waits for programs."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return Together(config, log)


class Together(LoadFileScheduling):
    """A file goes to one process, and all faults to the same: they share one house."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return str(Path(scope).parent) if Path(scope).parent.name == FAULTS.name else scope
