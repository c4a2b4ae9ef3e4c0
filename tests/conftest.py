"""Fixtures of the whole suite. The engines are started by tests/engines.py, before the settings are read."""

import pytest

from sqm_site import clock

pytest_plugins = ["tests.people", "tests.ground", "tests.append_only", "tests.cases"]


@pytest.fixture(autouse=True)
def clocks_agree():
    """As a process that has just compared its clock: no test meets the query of that minute by chance."""
    clock.COMPARED.agree()
