"""Fixtures of the whole suite. The engines are started by tests/engines.py, before the settings are read."""

from pathlib import Path

import pytest
from hypothesis import settings

from sqm_site import clock
from tests.nights import either

settings.register_profile("day", max_examples=100, deadline=None)  # a busy machine is no failure
settings.register_profile("night", max_examples=3000, deadline=None)
settings.load_profile(either(day="day", night="night"))
FAULTS = Path(__file__).parent / "faults"
pytest_plugins = ["tests.people", "tests.ground", "tests.append_only", "tests.cases"]


@pytest.fixture(autouse=True)
def clocks_agree():
    """As a process that has just compared its clock: no test meets the query of that minute by chance."""
    clock.COMPARED.agree()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start programs come first: they wait more than they work, and nobody should wait for the last one."""
    items.sort(key=lambda item: not ("subprocess" in vars(item.module) or item.path.parent == FAULTS))
