"""Fixtures of the whole suite. The engines are started by tests/engines.py, before the settings are read."""

pytest_plugins = ["tests.people", "tests.ground", "tests.append_only", "tests.cases"]
